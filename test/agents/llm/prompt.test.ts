import t from 'tap';
import { startInterview } from '../../../agents/interview/index.js';
import { turnRequest } from '../../../agents/llm/prompt.js';
import { parseChatRequest } from '../../../server/sandbox/openai/chat-request.js';
import { interviewerModel } from '../../../server/sandbox/openai/interviewer-model.js';
import { contextFor, warehouse } from '../interview-dialogue.js';

/*
 * What the model is told: what is the same for every candidate first, so that vendors can cache it, and everything once.
 */

const asked = { role: 'user', text: 'How much does it pay?' } as const;
const requestFor = (bot: Parameters<typeof contextFor>[0], changes: Parameters<typeof contextFor>[1] = {}) => {
  const context = contextFor(bot, changes);
  const state = { ...startInterview(context), prompt: { at: 'question' as const, variable: 'start_date' } };
  return turnRequest(context, state, [asked], 'When could you start?');
};
const textsOf = (request: ReturnType<typeof requestFor>) => request.messages.map((message) => message.text);

const personal = {
  ...warehouse,
  script: {
    ...warehouse.script,
    questions: warehouse.script.questions.map((question, nth) =>
      nth === 0 ? { ...question, text: 'When could you start, {{application.candidate.first_name}}?' } : question,
    ),
  },
};

t.test('what depends on the candidate stands after all that does not', (t) => {
  for (const bot of [
    personal,
    { ...warehouse, knowledge_base: 'The job pays eighteen dollars an hour. {{application.candidate.first_name}} would work at Dock Street.' },
  ]) {
    const candidate = { first_name: 'Robin', last_name: 'Moss', country: 'US', time_zone: 'America/Los_Angeles' };
    const [dana, robin] = [textsOf(requestFor(bot)), textsOf(requestFor(bot, { candidate }))];
    t.equal(dana[0], robin[0], 'the same for both');
    t.notMatch(dana[0], /Dana|\{\{/);
    t.match(dana[1], /Dana/);
    t.match(robin[1], /Robin/);
    t.match(dana[0], /Can you work night shifts\?/);
  }
  t.equal(textsOf(requestFor(warehouse)).length, 3, 'nothing that is empty is sent');
  t.end();
});

t.test('the knowledge base is sent once, and the model of the sandbox finds it', (t) => {
  for (const knowledge_base of [warehouse.knowledge_base, `${warehouse.knowledge_base} Ask for {{application.candidate.first_name}}.`]) {
    const request = requestFor({ ...warehouse, knowledge_base });
    t.equal(textsOf(request).join('\n').split('eighteen dollars an hour').length - 1, 1);
    const messages = request.messages.map((message) => ({ role: message.role, content: message.text }));
    const tools = request.tools.map((tool) => ({ type: 'function', function: { ...tool, strict: true } }));
    const read = parseChatRequest({ model: 'gpt-4.1-mini', stream: true, max_completion_tokens: 300, messages, tools, tool_choice: 'auto' });
    t.match(interviewerModel(read), { text: 'The job pays eighteen dollars an hour.' });
  }
  t.end();
});
