/**
 * The candidate who picks up when a server without keys is asked to call somebody: a scenario like any other, for the seeded bots. What they do not know they
 * ask to have repeated.
 */
export const EVERYDAY_CANDIDATE = `
name: everyday candidate
bot: line-cook
speaks:
  - { on: answer, say: "Hello?", after_ms: 400 }
  - { on: { heard: "eighteen or over" }, say: "Yes, I am.", times: 3 }
  - { on: { heard: "weekends" }, say: "Yes.", times: 3 }
  - { on: { heard: "worked in a kitchen" }, say: "Four years.", times: 3 }
  - { on: { heard: "morning, evening or night" }, say: "The evening shift.", times: 3 }
  - { on: { heard: "hourly rate" }, say: "Eighteen dollars an hour.", times: 3 }
  - { on: { heard: "night shift" }, say: "Yes.", times: 3 }
  - { on: { heard: "could you start" }, say: "In two weeks.", times: 3 }
  - { on: { heard: "e-mail" }, say: "dana dot reyes at example dot com", times: 3 }
  - { on: { heard: "driving licence" }, say: "Yes.", times: 3 }
  - { on: { heard: "driven for work" }, say: "A car and a van.", times: 3 }
  - { on: { heard: "days of notice" }, say: "Fourteen days.", times: 3 }
  - { on: { heard: "times could you drive" }, say: "Weekdays, nine to five.", times: 3 }
  - { on: { heard: "best for the dispatcher" }, say: "four one five five five five zero one two three", times: 3 }
  - { on: { heard: "last driving job" }, say: "I delivered parcels for two years.", times: 3 }
`;
