import { plainText } from './commands.js';

/*
 * Questions that a screening may not put, whoever wrote them: those about what the law protects (US EEOC and ADA, salary history bans, EU AI Act and GDPR
 * special categories) and numbers that a fraud would ask for. Each topic names the question that may be asked instead. A guard for authors, not legal advice.
 */

export const NEVER_ASK_TOPICS = [
  'age',
  'health',
  'family',
  'religion',
  'race',
  'origin',
  'citizenship',
  'gender',
  'body',
  'finances',
  'salary-history',
  'politics',
  'criminal-record',
  'genetics',
  'military-discharge',
  'private-numbers',
] as const;
export type NeverAskTopic = (typeof NEVER_ASK_TOPICS)[number];

export type QuestionVerdict = { allowed: true } | { allowed: false; topic: NeverAskTopic; advice: string };

interface Rule {
  topic: NeverAskTopic;
  advice: string;
  refuse: readonly RegExp[];
  /** Wordings of the same field that are asked lawfully; removed before the topic is looked for. */
  allow?: readonly RegExp[];
}

const RULES: readonly Rule[] = [
  {
    topic: 'age',
    advice: 'Ask only whether the person is at least of the age the job requires, such as "Are you at least 18 years old?".',
    allow: [
      /\b(?:at least|over|above|older than|minimum of|minimum age of|under) (?:the age of )?(?:1[4-9]|2[01]|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty one)(?: years?)?(?: old| of age)?(?: or older| or over)?\b/,
      /\b(?:1[4-9]|2[01]|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty one)(?: years?)?(?: old| of age)? (?:or|and) (?:older|over|above)\b/,
      /\b(?:legal|minimum|required) (?:working )?age\b/,
      /\bof legal age\b/,
      /\bage (?:group|groups|range|ranges) (?:of|do you (?:teach|work))/,
    ],
    refuse: [
      /\bhow old (?:(?:are|were|will|would|might) you|r u)\b/,
      /\b(?:what|which) age (?:are|were|will|would|did) you\b/,
      /\b(?:in|into|over) your (?:early |mid |late )?(?:twenties|thirties|forties|fifties|sixties|[2-6]0s)\b/,
      /\b(?:what(?:'s| is)|tell (?:me|us)|state|confirm|give (?:me|us)|may i (?:ask|have)|share) your (?:current )?(?:age|(?:date|year|day) of birth|birth ?(?:date|day|year)|dob|d o b)\b/,
      /\byour (?:age|birth ?(?:date|day|year)|(?:date|year) of birth|dob)\b/,
      /\bwhen (?:were you born|is your birthday|did you (?:graduate|finish (?:high school|school|college|university)|leave school))\b/,
      /\b(?:what|which) year (?:were you born|did you (?:graduate|finish|leave))\b/,
      /\byear (?:of|you) (?:graduation|graduated|birth)\b|\bgraduation (?:year|date)\b/,
      /\b(?:when|until|how long) (?:do you plan|are you planning|will it be|before you)?\b.{0,20}\bretire(?:ment)?\b/,
      /\bare you (?:over|under|older than|younger than|between) (?:\d\d|thirty|forty|fifty|sixty)\b/,
    ],
  },
  {
    topic: 'health',
    advice: 'Ask only whether the person can do the duties of the job with or without reasonable accommodation.',
    allow: [
      /\bhealth ?care\b|\bhealth and safety\b|\bmental health (?:worker|nurse|nursing|setting|services|field|patients|clinic)s?\b|\bhealth (?:insurance|benefits|sector|industry)\b|\bmedical (?:coding|billing|assistant|terminology|device|field|office|records|degree|licen[cs]e|equipment|setting)s?\b/,
      /\b(?:with|without|with or without) (?:a |any )?(?:reasonable )?accommodations?\b/,
      /\b(?:disabled|disability|sick|ill|elderly) (?:people|adults|children|patients|clients|residents|services|care)\b/,
      /\b(?:working|work|worked|experience) with (?:people with )?(?:disabilit(?:y|ies)|disabled \w+|patients)\b/,
      /\bprovide drug testing\b/,
    ],
    refuse: [
      /\b(?:do|did|does|have|are|is|any|what|which|tell|describe|your)\b.{0,40}\b(?:disabilit(?:y|ies)|disabled|handicap(?:ped|s)?|impairments?|chronic (?:illness|condition|pain)s?|medical (?:condition|history|problem|issue|leave|treatment)s?|health (?:condition|problem|issue|history|status)s?|mental (?:illness|health|condition)(?:es|s)?|depression|anxiety|bipolar|adhd|autis(?:m|tic)|epilepsy|diabetes|diabetic|hiv|aids|cancer|asthma|back (?:problem|pain|injury|trouble)s?)\b/,
      /\b(?:prescription|medications?|medicines?|antidepressants?|insulin)\b.{0,30}\b(?:take|taking|use|using|need|on)\b|\b(?:take|taking|on|use|using) (?:any )?(?:prescription|medications?|medicines?|drugs for)\b/,
      /\b(?:sick (?:days|leave|time)|days? (?:off )?sick)\b.{0,40}\b(?:last|past|take|took|taken|used|use|year|usually)\b|\bhow many (?:sick days|days (?:were you|have you been) (?:sick|ill|absent))\b/,
      /\b(?:ever|previously) (?:been )?(?:hospitali[sz]ed|treated for|injured (?:at|on) (?:work|the job))\b/,
      /\bworkers?'? comp(?:ensation)?\b/,
      /\b(?:are you|how is your) (?:healthy|in good health|health|physically fit|well)\b/,
      /\b(?:see|seeing|seen) (?:a )?(?:therapist|psychiatrist|psychologist|counsel+or)\b/,
      /\bdo you (?:smoke|drink|use drugs|do drugs|wear (?:a )?(?:hearing aids?|glasses))\b|\b(?:alcoholic|drinking problem|drug addict|addiction|rehab)\b/,
      /\b(?:have|had|did|do|are|were) you\b.{0,15}\b(?:had|have|get|got|gotten|catch|caught|infected with|suffer(?:ed|ing)? from|recovered from|(?:test|tested) positive for)\b.{0,10}\b(?:covid|coronavirus)\b(?! (?:\d+ )?(?:test|tests|testing|wards?|units?|experience|training|safety|protocols?|response))/,
      /\b(?:vaccinat(?:ed|ion)|covid)\b.{0,20}\b(?:status|why|why not)\b/,
    ],
  },
  {
    topic: 'family',
    advice: 'Ask only whether the person can work the hours of the job.',
    allow: [
      /\bfamily (?:name|business|restaurant|law|owned|style)\b/,
      /\b(?:child ?care|day ?care) (?:worker|experience|center|centre|license|licence|setting|certificate|job|role|provider)s?\b/,
      /\b(?:experience|work(?:ed|ing)?|comfortable|good) (?:with|in|caring for|teaching|around) (?:child ?care|day ?care|young children|children|kids|families)\b/,
    ],
    refuse: [
      /\bare you (?:currently )?(?:married|single|divorced|separated|widowed|engaged|a (?:single )?(?:parent|mother|father|mom|mum|dad)|expecting|pregnant|in a relationship)\b/,
      /\b(?:marital|family|relationship|parental) (?:status|situation)\b/,
      /\bchild ?bearing\b/,
      /\b(?:pregnan(?:t|cy)|maternity|paternity|breast ?feed(?:ing)?|fertility|ivf)\b/,
      /\b(?:do you|will you|are you|planning|plan|want|thinking)\b.{0,30}\b(?:have (?:any )?(?:children|kids|a baby|a family|babies|dependants|dependents)|having (?:children|kids|a baby|babies)|start(?:ing)? a family)\b/,
      /\b(?:how many|how old are your|who (?:will|would|can|takes?|looks?)|what about your|any|your)\b.{0,25}\b(?:children|kids|dependants|dependents|child ?care|baby ?sitter|day ?care)\b/,
      /\b(?:your|a) (?:husband|wife|spouse|partner|boyfriend|girlfriend|fianc[eé]e?)\b/,
      /\bmaiden name\b/,
      /\b(?:who do you live with|do you live (?:alone|with (?:your )?(?:parents|family)))\b/,
      /\bchild ?care\b.{0,30}\b(?:arrangements?|arranged|sorted|covered|problem|issue)\b|\barrangements? for (?:your )?(?:children|kids|child ?care)\b/,
    ],
  },
  {
    topic: 'religion',
    advice: 'Ask only whether the person can work the required days and shifts.',
    allow: [/\b(?:religious|church|faith) (?:organi[sz]ation|employer|studies|school)s?\b/],
    refuse: [
      /\b(?:your|any|what|which|a|are you|you)\b.{0,15}\b(?:religio(?:n|us)(?: (?:holidays?|beliefs?|observances?))?|faith|denomination|place of worship)\b/,
      /\b(?:are you|you)(?: a| an)? (?:christian|catholic|protestant|muslim|jew(?:ish)?|hindu|buddhist|sikh|mormon|atheist|jehovah'?s? witness)\b/,
      /\b(?:do you|which|what)\b.{0,20}\b(?:go to|attend|belong to)\b.{0,15}\b(?:church|mosque|synagogue|temple|services|mass)\b|\b(?:which|what) (?:church|mosque|synagogue|temple)\b/,
      /\bdo you (?:pray|observe (?:the )?(?:sabbath|ramadan|lent)|believe in god|fast)\b|\b(?:sabbath|ramadan|yom kippur)\b/,
    ],
  },
  {
    topic: 'race',
    advice: 'Leave it out. Equal-opportunity data is collected apart from the screening and never by the caller.',
    allow: [/\b(?:race|racing) (?:car|track|horse|team)s?\b/],
    refuse: [
      /\b(?:your|what|which)\b.{0,12}\b(?:race|ethnic(?:ity)?(?: background| group| origin)?|skin colou?r|complexion|caste|tribe)\b/,
      /\bare you (?:of )?(?:white|black|asian|hispanic|latin[oax]|african(?: american)?|native american|caucasian|arab|mixed race|a minority|a person of colou?r|indigenous)\b/,
      /\bcaste\b/,
    ],
  },
  {
    topic: 'origin',
    advice: 'Ask which languages the person speaks well enough for the job, and whether they are authorised to work in the country.',
    allow: [/\bnative (?:app|apps|development|mobile|code)\b/, /\bfluent(?:ly)? in\b/],
    refuse: [
      /\bwhere (?:are|were) (?:you|your (?:parents|family|mother|father|grandparents|ancestors))(?: originally| really)? (?:born|from)\b|\bwhere do (?:you|your (?:parents|family)) come from\b/,
      /\b(?:what|which) country (?:are you|were you|is your family|do you come) ?(?:originally )?(?:born in|from|born)?\b/,
      /\b(?:your|what) (?:native|first|mother) (?:language|tongue)\b|\b(?:what|which) language do you speak at home\b|\bis english your (?:first|native|mother)\b/,
      /\b(?:place|country|city) of birth\b|\bbirth ?place\b|\bnational origin\b|\bancestry\b|\bheritage\b/,
      /\b(?:your|that) (?:accent|surname|last name|name)\b.{0,20}\b(?:from|origin|come from|mean)\b|\b(?:origin|meaning) of your (?:sur|last |family )?name\b|\bwhat kind of (?:name|accent) is\b/,
      /\byour parents'? (?:nationality|origin|born)\b/,
    ],
  },
  {
    topic: 'citizenship',
    advice: 'Ask only "Are you authorised to work in this country, now and in the future?".',
    allow: [
      /\b(?:authori[sz]ed|eligible|permitted|allowed|legally able|entitled|right|permission) to work\b/,
      /\b(?:visa )?(?:sponsorship|sponsor)\b/,
      /\bwork (?:permit|authori[sz]ation|visa)\b/,
    ],
    refuse: [
      /\b(?:are you|you) (?:an? )?(?:u ?s|us|american|canadian|british|uk|eu|european|indian|australian)? ?(?:citizen|national|permanent resident|green card holder|immigrant|foreigner|naturali[sz]ed)\b/,
      /\b(?:your|what|which)\b.{0,15}\b(?:citizenship|nationality|immigration status|passport)\b|\b(?:citizenship|immigration) status\b/,
      /\bgreen card\b|\bwhen did you (?:immigrate|come to (?:this country|the (?:us|u s|states|uk)))\b/,
    ],
  },
  {
    topic: 'gender',
    advice: 'Leave it out. Pronouns may be offered by the candidate.',
    refuse: [
      /\b(?:your|what) (?:gender(?: identity)?|sex|sexual (?:orientation|preference)|sexuality|preferred gender)\b/,
      /\bare you (?:a )?(?:male|female|man|woman|gay|lesbian|straight|bisexual|trans(?:gender|sexual)?|queer|non ?binary|lgbt\w*)\b/,
      /\b(?:what gender|gender do you)\b/,
    ],
  },
  {
    topic: 'body',
    advice: 'Ask only whether the person can do the physical duties of the job, with or without accommodation.',
    allow: [/\bwhat weight can you (?:lift|carry|move)\b/, /\bwork at heights?\b/],
    refuse: [
      /\bhow (?:tall|heavy|much do you weigh|fat)\b/,
      /\b(?:your|what) (?:is your )?(?:height|weight|build|figure|body mass|bmi)\b/,
      /\bdo you have (?:any )?(?:tattoos|piercings)\b/,
      /\b(?:are you|you) (?:overweight|obese)\b/,
    ],
  },
  {
    topic: 'finances',
    advice: 'Leave it out. Ask whether the person can get to the workplace reliably.',
    allow: [
      /\bown (?:tools|transport(?:ation)?|a (?:driver'?s )?licen[cs]e|equipment)\b/,
      /\b(?:credit|debt) (?:analysis|risk|control|collection|collections|management|cards? (?:sales|processing))\b/,
    ],
    refuse: [
      /\b(?:your|any|have you|do you have)\b.{0,20}\b(?:debts?|credit (?:score|history|rating|report)|bankruptcy|bankrupt|wages garnished|garnish(?:ment|ed)|mortgage|savings|bank balance)\b/,
      /\bdo you (?:own|rent) (?:a |your )?(?:house|home|apartment|flat|car)\b|\bhome ?owner\b/,
      /\bfinancial (?:situation|status|problems|difficulties)\b/,
    ],
  },
  {
    topic: 'salary-history',
    advice: 'Ask what pay the person expects. Past and present pay may not be asked in many places.',
    allow: [
      /\b(?:expect(?:ed|ing|ation|ations)?|looking for|want|desired?|hoping|like|require|minimum)\b[\w ]{0,40}\b(?:salary|pay|wage|rate|compensation|earn|make)\b/,
    ],
    refuse: [
      /\b(?:current|previous|last|past|present|former|most recent|existing)(?: \w+)? (?:salary|pay|wages?|hourly rate|rate of pay|compensation|ctc|earnings|package|income|pay rate)\b/,
      /\b(?:salary|pay|wage|compensation|earnings|income) history\b/,
      /\b(?:how much|what)\b.{0,25}\b(?:did|do|were|are) you (?:currently |now |last )?(?:earn|earning|make|making|paid|get paid|getting paid|paid at)\b/,
      /\bwhat (?:did|does|do) (?:your|they|the) ?(?:\w+ )?(?:employer|job|company)? ?pay you\b/,
      /\b(?:current|present) ctc\b/,
    ],
  },
  {
    topic: 'politics',
    advice: 'Leave it out.',
    allow: [/\bunion (?:site|shop|contract|job)s?\b/],
    refuse: [
      /\b(?:who|which (?:party|candidate)|did you|do you|how do you)\b.{0,15}\bvot(?:e|ed|ing)\b/,
      /\b(?:your|any|what|which)\b.{0,12}\b(?:political|party) (?:views?|affiliation|beliefs?|opinions?|party|membership|leanings?)\b|\b(?:democrat|republican|labour|conservative|liberal) (?:voter|supporter)\b|\bare you (?:a )?(?:democrat|republican|communist|socialist)\b/,
      /\b(?:are|were|have) you (?:ever |currently |now )?(?:been )?(?:in|part of|represented by|active in) (?:a |an |any |the |your )?(?:trade |labou?r )?union\b|\bare you unioni[sz]ed\b/,
      /\b(?:union|trade union|labou?r union)\b.{0,20}\b(?:member|membership|join(?:ed)?|support|belong)\b|\b(?:member|part|join(?:ed)?|belong(?:ed)?)\b.{0,12}\b(?:union|trade union)\b/,
    ],
  },
  {
    topic: 'criminal-record',
    advice: 'Leave arrests out, and leave convictions to the background check after an offer, where the law allows it.',
    allow: [/\b(?:background|criminal record|dbs|police) (?:check|screening|clearance)s?\b/],
    refuse: [
      /\b(?:ever|have you)\b.{0,15}\b(?:been )?(?:arrested|convicted|in (?:jail|prison)|charged with|incarcerated)\b/,
      /\b(?:criminal|arrest|police) (?:record|history|background|past)\b|\bfelon(?:y|ies)?\b|\bmisdemeanou?rs?\b/,
    ],
  },
  {
    topic: 'genetics',
    advice: 'Leave it out.',
    refuse: [
      /\b(?:family (?:medical|health) history|family history of|genetic (?:test|information|condition)s?|hereditary|runs? in your family|dna)\b/,
    ],
  },
  {
    topic: 'military-discharge',
    advice: 'Ask only about experience gained in service that the job needs.',
    refuse: [
      /\b(?:type|kind|reason|character) of (?:military )?discharge\b|\b(?:honou?rably|dishonou?rably) discharged\b|\bwhy (?:were|did) you (?:discharged|leave the (?:army|military|navy))\b/,
    ],
  },
  {
    topic: 'private-numbers',
    advice: 'Leave it out. Papers and bank details are given to people after an offer, never to a caller.',
    allow: [
      /\b(?:handl|process|tak|secur|protect|stor|open|check|verif|sell|sold|manag)\w*(?: \w+){0,2} (?:credit|debit|payment|bank) (?:cards?|accounts?)(?: (?:numbers?|details|data|information|info|payments?))?\b/,
      /\b(?:credit|debit|payment) cards? (?:payments?|processing|sales|services|industry)\b/,
    ],
    refuse: [
      /\bsocial (?:security|insurance) (?:numbers?|no|digits|card)\b|\bssn\b|\bs s n\b|\byour social(?: security)?(?=$| (?:please|number)\b)/,
      /\b(?:national insurance|passport|tax(?:payer)?(?: id| identification)?|aadhaa?r|pan card|identity card|id card) (?:number|no|digits)\b|\byour aadhaa?r\b/,
      /\b(?:credit|debit|payment|bank) card (?:number|details|digits|information|info|expiry|expiration|code|pin)\b|\b(?:your|a) (?:credit|debit) card\b|\bcvv\b/,
      /\b(?:your|the|bank|card|atm|account) pin\b|\bpin (?:number|code)\b/,
      /\b(?:your|what|which)\b.{0,15}\bbank (?:account|details|login)\b|\bdo you have a bank account\b|\b(?:account|routing) number\b|\bsort code\b|\biban\b/,
      /\byour (?:\w+ )?passwords?\b/,
    ],
  },
];

/** The rule for a wording that is not asking for a protected fact; an allowed alternative somewhere does not excuse a forbidden question beside it. */
const breaks = (rule: Rule, plain: string): boolean => {
  const rest = (rule.allow ?? []).reduce((text, allowed) => text.replace(new RegExp(allowed.source, 'g'), ' '), plain);
  return rule.refuse.some((pattern) => pattern.test(rest.replace(/\s+/g, ' ')));
};

/**
 * May a screening ask this? For every text of a bot that is said as a question (question, follow-up, capture prompt), when the bot is saved, and for whatever a
 * model wants to say during a call. The first topic that the text touches is named, with what may be asked instead.
 */
export const checkQuestion = (text: string): QuestionVerdict => {
  const plain = plainText(text);
  const broken = RULES.find((rule) => breaks(rule, plain));
  return broken ? { allowed: false, topic: broken.topic, advice: broken.advice } : { allowed: true };
};
