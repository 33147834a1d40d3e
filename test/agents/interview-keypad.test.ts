import t from 'tap';
import type { CallerBotInput } from '../../schemas/caller-bot.js';
import { contextFor, Dialogue } from './interview-dialogue.js';

/*
 * Answers typed on the telephone: how they are announced, what the keys mean, what no key can mean.
 */

type Variable = CallerBotInput['output_variables'][number];

const opened = async (variable: Variable): Promise<Dialogue> => {
  const dialogue = new Dialogue(
    contextFor({
      slug: 'keys',
      name: 'Line cook',
      language: 'en-US',
      script: { questions: [{ variable: variable.name, text: 'How much?' }] },
      output_variables: [variable],
    }),
  );
  await dialogue.open();
  return dialogue;
};

const rate: Variable = { name: 'rate', type: 'money', currency: 'USD', period: 'hour', capture_prompt: 'pay' };
const limited: Variable = { ...rate, min: 15, max: 40 };
const yearly: Variable = { name: 'salary', type: 'money', currency: 'GBP', period: 'year', capture_prompt: 'pay' };
const pay = (amount: number, currency = 'USD', period = 'hour') => ({ amount, currency, period });

t.test('money by keys: whole units of the currency, a star for the point, the period as asked', async (t) => {
  const table: readonly (readonly [Variable, string, unknown, RegExp])[] = [
    [rate, '18', pay(18), /ighteen dollars an hour/],
    [rate, '18*50', pay(18.5), /ighteen fifty an hour/],
    [rate, '18*5', pay(18.5), /ighteen fifty an hour/],
    [rate, '18*05', pay(18.05), /ighteen oh five an hour/],
    [rate, '18*', pay(18), /ighteen dollars an hour/],
    [rate, '18*50#', pay(18.5), /ighteen fifty an hour/],
    [limited, '15', pay(15), /ifteen dollars an hour/],
    [limited, '40', pay(40), /orty dollars an hour/],
    [yearly, '60000', pay(60_000, 'GBP', 'year'), /ixty thousand pounds a year/],
    [yearly, '60', pay(60, 'GBP', 'year'), /ixty pounds a year/],
  ];
  for (const [variable, keys, value, saidBack] of table) {
    const dialogue = await opened(variable);
    t.match(await dialogue.keys(keys), saidBack, `${keys} is said back`);
    t.match(dialogue.answers.get(variable.name), { value, evidence: { quote: `[keypad ${keys}]`, turn_ids: ['t4'] } }, keys);
    await dialogue.say('yes');
    t.match(dialogue.answers.get(variable.name), { value, status: 'confirmed' }, `${keys} is confirmed`);
  }
});

t.test('keys that are no amount, or one outside the limits, are asked again and write nothing', async (t) => {
  const table: readonly (readonly [Variable, string, RegExp])[] = [
    [rate, '*', /^Sorry, I (?:didn't|missed).* How much\?$/],
    [rate, '*50', /^Sorry, I (?:didn't|missed).* How much\?$/],
    [rate, '18*50*5', /^Sorry, I (?:didn't|missed).* How much\?$/],
    [rate, '18*505', /^Sorry, I (?:didn't|missed).* How much\?$/],
    [rate, '1234567890123', /^Sorry, I (?:didn't|missed).* How much\?$/],
    [limited, '14*99', /(?:doesn't fit|can't take).* How much\?$/],
    [limited, '41', /(?:doesn't fit|can't take).* How much\?$/],
  ];
  for (const [variable, keys, reply] of table) {
    const dialogue = await opened(variable);
    t.match(await dialogue.keys(keys), reply, keys);
    t.equal(dialogue.answers.size, 0, keys);
    await dialogue.keys('20');
    t.match(dialogue.answers.get(variable.name), { value: pay(20) }, `${keys}, and then 20`);
  }
});

t.test('the keypad is offered in words when hearing an amount has failed twice', async (t) => {
  const table: readonly (readonly [Variable, RegExp])[] = [
    [rate, /^You can use your keypad: type the amount in dollars an hour, with star for the point, and then press hash\. How much\?$/],
    [limited, /type the amount in dollars an hour, .* press hash\. It can be fifteen to forty dollars an hour\. How much\?$/],
    [{ ...rate, min: 15 }, /press hash\. It can be fifteen dollars an hour or more\. How much\?$/],
    [{ ...rate, max: 40 }, /press hash\. It can be forty dollars an hour or less\. How much\?$/],
    [yearly, /type the amount in pounds a year, with star for the point/],
    [{ ...rate, currency: 'CAD' }, /type the amount in dollars an hour/],
  ];
  for (const [variable, offer] of table) {
    const dialogue = await opened(variable);
    await dialogue.say('banana');
    await dialogue.say('purple');
    t.match(await dialogue.say('elephant'), offer);
    await dialogue.keys('22*75');
    t.match([...dialogue.answers.values()], [{ value: { amount: 22.75 } }]);
  }
  const silent = await opened(rate);
  await silent.silence();
  t.match(await silent.silence(), /^I can't hear you\. You can use your keypad: type the amount .* Or say call me later\. How much\?$/);
  const deaf = await opened(rate);
  for (const said of ['banana', 'purple', 'elephant']) await deaf.say(said);
  t.match(await deaf.say('giraffe'), /link/, 'and after the keypad the link');
  t.match(deaf.answers.get('rate'), { status: 'missing' });
});

t.test('a star is the point of a number as well, and a slip in a telephone number', async (t) => {
  const years: Variable = { name: 'years', type: 'number', subtype: 'years', min: 0, max: 50, capture_prompt: 'years' };
  const share: Variable = { name: 'share', type: 'number', subtype: 'percentage', min: 0, max: 100, capture_prompt: 'share' };
  const phone: Variable = { name: 'phone', type: 'phone', capture_prompt: 'telephone' };
  const table: readonly (readonly [Variable, string, unknown])[] = [
    [years, '7', 7],
    [years, '2*5', 2.5],
    [share, '80', 80],
    [share, '12*5', 12.5],
    [phone, '415*5552671', '+14155552671'],
  ];
  for (const [variable, keys, value] of table) {
    const dialogue = await opened(variable);
    await dialogue.keys(keys);
    t.match(dialogue.answers.get(variable.name), { value }, keys);
  }
  for (const keys of ['2*5*1', '*', '99']) {
    const dialogue = await opened(years);
    t.match(await dialogue.keys(keys), /How much\?$/, keys);
    t.equal(dialogue.answers.size, 0, keys);
  }
});
