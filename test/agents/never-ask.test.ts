import t from 'tap';
import { checkQuestion, NEVER_ASK_TOPICS } from '../../agents/never-ask.js';

/** What authors have written, or might; the topic that must stop it. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['How old are you?', 'age'],
  ['What is your date of birth?', 'age'],
  ["What's your DOB?", 'age'],
  ['What year did you graduate from high school?', 'age'],
  ['When did you graduate?', 'age'],
  ['Are you over 40?', 'age'],
  ['When do you plan to retire?', 'age'],
  ['Which year were you born?', 'age'],
  ['Do you have any disabilities?', 'health'],
  ['Do you have any medical conditions we should know about?', 'health'],
  ['What medications do you take?', 'health'],
  ['How many sick days did you take last year?', 'health'],
  ['Have you ever filed for workers compensation?', 'health'],
  ['Are you in good health?', 'health'],
  ['Do you suffer from back pain or any back problems?', 'health'],
  ['Have you ever been treated for depression?', 'health'],
  ['Do you smoke?', 'health'],
  ['Are you seeing a therapist?', 'health'],
  ['Are you married?', 'family'],
  ['Are you pregnant or planning to be?', 'family'],
  ['Do you have kids?', 'family'],
  ['Do you plan to have children soon?', 'family'],
  ['Who will take care of your children while you work?', 'family'],
  ['What are your childcare arrangements?', 'family'],
  ['What does your husband do?', 'family'],
  ['What is your marital status?', 'family'],
  ['What is your maiden name?', 'family'],
  ['Do you live alone?', 'family'],
  ['What religion are you?', 'religion'],
  ['Do you go to church on Sundays?', 'religion'],
  ['Which religious holidays do you observe?', 'religion'],
  ['Are you Muslim?', 'religion'],
  ['Do you observe the Sabbath?', 'religion'],
  ['What is your race?', 'race'],
  ['What is your ethnic background?', 'race'],
  ['Are you Hispanic?', 'race'],
  ['Which caste do you belong to?', 'race'],
  ['Where are you from originally?', 'origin'],
  ['Where were you born?', 'origin'],
  ['Where were your parents born?', 'origin'],
  ['What is your native language?', 'origin'],
  ['What language do you speak at home?', 'origin'],
  ['Is English your first language?', 'origin'],
  ['That accent, where is it from?', 'origin'],
  ['What is the origin of your last name?', 'origin'],
  ['Are you a US citizen?', 'citizenship'],
  ['Are you a U.S. citizen?', 'citizenship'],
  ['What is your nationality?', 'citizenship'],
  ['Do you have a green card?', 'citizenship'],
  ['What is your immigration status?', 'citizenship'],
  ['Are you male or female?', 'gender'],
  ['What is your sexual orientation?', 'gender'],
  ['What gender do you identify as?', 'gender'],
  ['How tall are you?', 'body'],
  ['How much do you weigh?', 'body'],
  ['What is your height and weight?', 'body'],
  ['Do you have any tattoos?', 'body'],
  ['What is your credit score?', 'finances'],
  ['Have you ever declared bankruptcy?', 'finances'],
  ['Do you own a car?', 'finances'],
  ['Do you own your home?', 'finances'],
  ['What is your current salary?', 'salary-history'],
  ['How much did you earn in your last job?', 'salary-history'],
  ['What were you paid at your previous employer?', 'salary-history'],
  ['What is your current CTC?', 'salary-history'],
  ['What is your present hourly rate?', 'salary-history'],
  ['Who did you vote for?', 'politics'],
  ['Are you a member of a union?', 'politics'],
  ['What are your political views?', 'politics'],
  ['Have you ever been arrested?', 'criminal-record'],
  ['Do you have a criminal record?', 'criminal-record'],
  ['Is there a family history of heart disease?', 'genetics'],
  ['Were you honorably discharged?', 'military-discharge'],
  ['Are you at least 18, and how old are you exactly?', 'age'],
  ['Are you authorised to work here, and are you a citizen?', 'citizenship'],
];

/** What they may ask instead, and innocent questions that use the same words. */
const ALLOWED: readonly string[] = [
  'Are you at least 18 years old?',
  'Are you 18 or older?',
  'Are you of legal working age?',
  'Are you legally authorised to work in the United States?',
  'Are you authorized to work in the US, now and in the future?',
  'Will you now or in the future need sponsorship?',
  'Do you have a work permit?',
  'Are you able to lift 25 kg, with or without accommodation?',
  'Can you do these duties with or without reasonable accommodation?',
  'Can you stand for eight hours?',
  'Can you work night shifts?',
  'Can you work weekends and holidays?',
  'What hourly rate are you looking for?',
  'What salary do you expect?',
  'What are your salary expectations?',
  'What is the minimum pay you would accept?',
  'When could you start?',
  'What is your notice period?',
  'Do you have a valid driving licence?',
  'Do you have reliable transportation to work?',
  'Do you have your own tools?',
  'How many years of experience do you have in health care?',
  'Have you worked with children before?',
  'Do you have experience in child care?',
  'Have you worked with people with disabilities?',
  'Do you have a degree in mental health nursing?',
  'Which languages do you speak fluently?',
  'Do you speak Spanish well enough to help customers?',
  'Have you built native apps?',
  'Are you comfortable with a background check?',
  'Do you agree to a criminal record check after an offer?',
  'What is the best e-mail to reach you?',
  'Which number should we call?',
  'Where do you live, roughly?',
  'How far are you from the warehouse?',
  'Do you have a forklift licence?',
  'Have you managed a team?',
  'Do you have experience with credit risk?',
  'Can you work at heights?',
  'Why are you interested in this job?',
  'What did you like about your last job?',
  'Did you finish high school?',
  'Do you have a bachelor degree?',
  'Which shift would you prefer, day or night?',
  'Are you comfortable working in a union shop?',
  'Do you have experience with medical billing?',
  'Can you pass a drug test?',
  'Are you available on Sundays?',
  'How soon can you come for an interview?',
  'What is your full name?',
];

t.test('a question about what the law protects is refused, with its topic and what to ask instead', async (t) => {
  for (const [question, topic] of REFUSED) {
    const verdict = checkQuestion(question);
    t.match(verdict, { allowed: false, topic }, question);
    if (!verdict.allowed) t.not(verdict.advice, '', `${topic} has advice`);
  }
  t.strictSame([...new Set(REFUSED.map(([, topic]) => topic))].sort(), [...NEVER_ASK_TOPICS].sort(), 'every topic is tried');
});

t.test('the lawful alternatives and innocent questions pass', async (t) => {
  for (const question of ALLOWED) t.strictSame(checkQuestion(question), { allowed: true }, question);
});

t.test('the advice given for a refusal can itself be asked', async (t) => {
  for (const [question] of REFUSED) {
    const verdict = checkQuestion(question);
    const quoted = verdict.allowed ? undefined : /"([^"]+)"/.exec(verdict.advice)?.[1];
    if (quoted !== undefined) t.strictSame(checkQuestion(quoted), { allowed: true }, quoted);
  }
});
