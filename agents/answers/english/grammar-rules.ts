/*
 * Named JSGF rules in English: the words a closed recogniser may hear. Few spellings of yes and no, because the recogniser confuses "yes" with "yeah" and
 * "no" with "nope" anyway. Plain lower-case dictionary words only. A rule may use the rules above and below it, never itself.
 */
export const GRAMMAR_RULES: Readonly<Record<string, string>> = {
  unit: 'one | two | three | four | five | six | seven | eight | nine',
  tens: 'twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety',
  teen: 'ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen',
  below_hundred: '<unit> | <teen> | <tens> [<unit>]',
  below_thousand: '<below_hundred> | (a | <unit>) hundred [[and] <below_hundred>]',
  number: '<below_thousand> [thousand [[and] <below_thousand>]] [point <unit>] | zero',
  amount: '<below_thousand> [thousand [[and] <below_thousand>]] [and a half] | <below_hundred> <tens> [five] | <below_hundred> oh five',
  range_end: '<below_hundred> [<tens>] [hundred | thousand]',
  digit: '(zero | oh | <unit>) | (double | triple) (zero | oh | <unit>)',
  small_number: 'one | two | three | four | five | six | seven | eight | nine | ten | a couple of',
  approximately: 'about | around | at least | up to',
  dollars: 'dollars [and <below_hundred> cents]',
  pounds: 'pounds',
  euros: 'euros',
  rupees: 'rupees',
  pay_period: '(an | per) hour | (a | per) (day | week | month | year) | hourly | per annum',
  weekday: 'monday | tuesday | wednesday | thursday | friday | saturday | sunday',
  month: 'january | february | march | april | may | june | july | august | september | october | november | december',
  ordinal_unit: 'first | second | third | fourth | fifth | sixth | seventh | eighth | ninth',
  day_of_month:
    '<ordinal_unit> | tenth | eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | eighteenth | nineteenth | twentieth | twenty <ordinal_unit> | thirtieth | thirty first',
  place_in_list: '[the] (first | second | third | last) one',
  wish: "i prefer | i'd prefer | i want | i'd like | i would like | i can do | i can work",
  days_of_week:
    '(<weekday> | mondays | tuesdays | wednesdays | thursdays | fridays | saturdays | sundays) [(to | and | or) <weekday>] | weekdays | weekends | every day',
  part_of_day: 'mornings | afternoons | evenings | nights | morning | afternoon | evening | night | all day',
  time_of_day: '(one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve) [thirty] | noon | midnight',
  hours: '[from] <time_of_day> to <time_of_day> | (after | before) <time_of_day>',
  yes_answer:
    "yes [<yes_tail>] | yeah [<yes_tail>] | sure | of course | absolutely | okay | correct | that's right | that's fine | no problem | not a problem | i do | i can | i have | i am | i will | yes and no | yeah no",
  yes_tail: 'please | i do | i can | i have | i am | i will | of course | that is fine | that is right | speaking',
  no_answer: "no [<no_tail>] | nope | not really | i don't think so | i don't | i can't | i haven't | i'm not | never | absolutely not | no yeah",
  no_tail: "thanks | thank you | i don't | i can't | i haven't | i'm not | sorry | not really | not yet",
  correction: 'no wait | no sorry | wait no | sorry i mean | i mean | actually | no',
};

/** What may be said at any question, whatever it asks. */
export const COMMAND_WORDS: readonly string[] = [
  "(stop | please stop | stop calling me | remove me | take me off your list | don't call me again | do not call me again)",
  '[i want to | can i | let me] (talk | speak) to a (person | human) | human | a person | a real person | a human please',
  'wrong number | you have the wrong number',
  'are you a robot | are you human | is this a robot',
  'repeat [that] [please] | say that again [please] | pardon | what was that | sorry | what | can you repeat that | could you repeat that',
  'hold on [a second] | one moment [please] | wait [a second] | just a second',
  "i'm busy | i am busy | i'm driving | i am driving | call me later | call me back later | not a good time",
  "i don't know | i'm not sure | skip [that] | i'd rather not say | i prefer not to say | not interested | i'm not interested",
];

/** Sounds and courtesies around an answer. */
export const FILLER_WORDS = { before: 'um | uh | well | so | okay | oh', after: 'please | thanks | thank you' } as const;

/** A pick-up of the telephone and the first words after it. */
export const OPENING_WORDS: readonly string[] = [
  'hello [<yes_answer>] | hi [<yes_answer>] | hey | hello hello | good (morning | afternoon | evening)',
  '[yes | yeah | hello] speaking | this is (she | he | her | him | me) | it is | go ahead | who is this | who is calling | what is this about | how can i help you',
];
