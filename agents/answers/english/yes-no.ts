/**
 * English ways to say yes and no. `weak` words ("okay") count only when nothing stronger is said. `unsure` says neither. `none` shields a phrase from the
 * words inside it ("no wait", "I have a question"). Confidence is that of the phrase alone.
 */
export type YesNoMeaning = { says: boolean; confidence: number; weak?: true } | { says: 'unsure' } | { says: 'nothing' };

const entries = (meaning: YesNoMeaning, text: string): (readonly [string, YesNoMeaning])[] =>
  text
    .split('|')
    .map((phrase) => phrase.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean)
    // "don't mind" is also said with its subject, and then "I don't" must not be found first.
    .flatMap((phrase) =>
      /^(don't|do not|wouldn't|would not|can't|couldn't|have no|see no|doesn't) /.test(phrase) ? [phrase, `i ${phrase}`] : [phrase],
    )
    .map((phrase) => [phrase, meaning] as const);

export const YES_NO_PHRASES: readonly (readonly [string, YesNoMeaning])[] = [
  ...entries(
    { says: true, confidence: 0.95 },
    `yes | yeah | yep | yup | ya | yea | yah | aye | sure | of course | absolutely | definitely | certainly | correct | that's right | that is right | that's correct
     | that is correct | you're right | exactly | affirmative | indeed | i do | i can | i am | i will | i would | i did | i could | i've got | i've been | i have been | i've done | i have done
     | i do have | i have it | i have one | i have that | i have both | i have my | i have mine | i got one | i've worked | i have worked | it is | that is | it does | it was | that works | works for me | that'd work | that would work
     | sounds good | sounds great | sounds fine | sounds right | no problem | no problems | no problem at all | not a problem | not a problem at all | no worries | no issue | no issues | not an issue | why not
     | don't mind | do not mind | wouldn't mind | would not mind | don't see why not | can't see why not | see no reason why not | happy to | glad to | go ahead | you bet | you got it | for sure | totally
     | uh-huh | uh huh | mm-hmm | mm hmm | mhm | mmhmm | mm-hm | always | please do | yes please | with pleasure | gladly | by all means | without a doubt | no doubt | true
     | hundred percent | a hundred percent | one hundred percent | i'm able to | i am able to | i'd love to | i would love to | i'd like to | i'd like that | won't be a problem | will not be a problem | wouldn't be a problem
     | would not be a problem | isn't a problem | is not a problem | it is not a problem | it's not a problem | that is not a problem | it is not an issue | that is not an issue | isn't an issue | don't have a problem | don't have any problem | don't have any problems | do not have a problem | don't have an issue
     | have no problem | have no problems | have no issue | have no issues | doesn't bother me | does not bother me | that's no problem | that's not a problem | that's me | it's me | speaking | this is me
     | that's fine | that is fine | it's fine | that's okay | that's ok | that is okay | that's good | that's great | that's perfect | fine by me | fine with me | okay with me | i agree | agreed | i consent
     | very much | very much so | naturally | obviously | i'm sure | am sure | can't wait | positive`,
  ),
  ...entries(
    { says: true, confidence: 0.85 },
    'i have | i may | i might be able to | most of the time | mostly | usually | pretty much | i should be able to | i should be | i should',
  ),
  ...entries(
    { says: true, confidence: 0.75 },
    'i guess so | i guess yes | i think so | i suppose so | i suppose | i believe so | i hope so | probably | most likely | likely | more or less | kind of | sort of | i guess | i could try | i can try',
  ),
  ...entries(
    { says: true, confidence: 0.85, weak: true },
    'okay | ok | alright | all right | right | fine | good | works | cool | great | perfect | wonderful | excellent',
  ),
  ...entries(
    { says: false, confidence: 0.95 },
    `no | nope | nah | nay | naw | never | not really | not at all | absolutely not | definitely not | certainly not | of course not | not at the moment | not right now | not yet | not currently
     | not anymore | not any more | not now | not today | i don't | i do not | i can't | i cannot | i can not | i haven't | i have not | i'm not | i am not | i won't | i will not | i wouldn't | i would not | i couldn't
     | i could not | i didn't | i did not | i've never | i have never | i never | no way | no chance | negative | false | i'm afraid not | afraid not | unfortunately not | sadly not | that's wrong | that is wrong | incorrect
     | not right | not correct | that's not right | that's not correct | that is not right | not possible | impossible | none | no thanks | no thank you | not me | wrong | nothing | not a chance | not interested
     | have no | i have no | i've no | can't say i have | can't say that i have | can't say i do | can't say that i do | i've got no | got no | i have none | no i do not | not okay | not ok | not fine | not good | not great | not sure i can | it is not | it's not | that is not | it was not | it does not | that does not | i refuse | under no circumstances | neither | no longer | can not`,
  ),
  ...entries(
    { says: false, confidence: 0.85 },
    "i don't think so | don't think so | do not think so | don't think i can | don't think i could | not exactly | hardly | not usually | not often | don't believe so | i wish",
  ),
  ...entries(
    { says: false, confidence: 0.75 },
    'probably not | i guess not | i suppose not | i doubt it | i doubt that | doubt it | likely not | unlikely | not likely | maybe not | perhaps not | hope not | i hope not | barely | rarely',
  ),
  ...entries(
    { says: 'unsure' },
    `maybe | it depends | depends | that depends | perhaps | not sure | i'm not sure | i am not sure | not certain | don't know | do not know | dunno | hard to say | possibly | could be | yes and no | no idea | have no idea
     | i've no idea | sometimes | have to check | need to check | would have to check | have to think | need to think | let me think | who knows | i might | might be | it might | not a hundred percent | can't say | couldn't say | it varies
     | not no | not a no | wouldn't say no | would not say no | can't say no | i cannot say no | didn't say no | i didn't say no | didn't say yes | i didn't say yes | never say never`,
  ),
  ...entries(
    { says: 'nothing' },
    `no wait | wait no wait | never mind | nevermind | i have a question | i have to | i have some questions | i have questions | i have another | i would rather | i would say | i would prefer | i would need | i would have to | i would like to know | i'd like to know | i am looking | i am wondering | i'm sorry | right now | right away | right there | that is a | i am calling | i am driving | i am busy | i am at work | i am in a meeting | wrong number | the wrong number | wrong person
     | i can hear | i can't hear | i cannot hear | i didn't hear | i didn't catch | i didn't get | i don't understand | i didn't understand | not understand | good morning | good afternoon | good evening | good question | great question | i do not understand | sure thing is
     | not only | whether or not | no offense | no offence | don't worry | do not worry | all right so | i am sorry | you know | can't complain | i could say | is that right | no matter`,
  ),
];

/** Negated verbs that carry a "no" anywhere in a clause ("nights don't work for me"). */
export const NEGATED_VERB = /^(?:\p{L}+n't|cannot)$/u;

/** A word that turns its clause round; never to be cut out of a quote. */
export const NEGATION = /^(?:\p{L}+n't|cannot|not|never|no|none|neither)$/u;

/** After a negated verb these make a question of it, asked for effect: "doesn't everyone", "can't I". */
export const INVERTED_SUBJECTS: readonly string[] = ['i', 'you', 'we', 'they', 'he', 'she', 'everyone', 'everybody', 'anyone', 'anybody'];

/** What makes a yes or a no hold only in part: "yes, but only on Tuesdays". */
export const CONDITIONS: readonly string[] = [
  ...[
    'but',
    'only',
    'unless',
    'if',
    'except',
    'as long as',
    'so long as',
    'provided',
    'providing',
    'depending',
    'apart from',
    'although',
    'though',
    'other than',
  ],
];

/** Talk of what might be, which takes nothing back. */
export const HYPOTHETICAL = /^(?:could|would|may|might|should)$/;

/** Sounds and small words between a self-correction and what it puts in place. */
export const AFTER_CORRECTION: readonly string[] = ['um', 'uh', 'er', 'well', 'oh', 'so', 'and', 'then'];

/** Words that take the certainty out of a yes or a no. */
export const YES_NO_DOUBTS: readonly string[] = [
  'i guess',
  'i think',
  'i suppose',
  'i believe',
  'maybe',
  'probably',
  'perhaps',
  'possibly',
  'hopefully',
  'sort of',
  'kind of',
];

/** Openers that are only talk when the opposite follows at once: "yeah, no, I can't". */
export const DISCOURSE_MARKERS: readonly string[] = ['yeah', 'yes', 'yep', 'no', 'nah', 'yea', 'ya'];

/** A sentence that opens like this and ends in a question mark asks back. */
export const QUESTION_OPENERS: readonly string[] = [
  ...['what', 'how', 'when', 'where', 'who', 'which', 'why', 'is', 'are', 'do', 'does', 'did', 'can', 'could', 'will', 'would', 'should', 'may'],
];
