import type { CallerBotInput } from '../schemas/caller-bot.js';

/*
 * The bots of the demo company. `line-cook` asks closed questions only, which the embedded recogniser can hear; the other two need a recogniser for any words,
 * or the modem voice.
 */

const FIRST_NAME = { name: 'candidate_first_name', path: 'application.candidate.first_name', default: 'there' };

const lineCook: CallerBotInput = {
  slug: 'line-cook',
  name: 'Line cook',
  language: 'en-US',
  script: {
    introduction: 'This is about the line cook job, five short questions.',
    questions: [
      { variable: 'eighteen_or_over', text: 'Are you eighteen or over?' },
      { variable: 'weekend_work', text: 'Can you work on weekends?' },
      { variable: 'experience_years', text: 'How many years have you worked in a kitchen?' },
      { variable: 'shift', text: 'Which shift do you prefer, morning, evening or night?' },
      { variable: 'hourly_rate', text: 'What hourly rate are you looking for?', follow_up: 'Per hour, before tax?' },
    ],
    closing: 'Thank you. A person from our team will contact you within three days.',
  },
  input_variables: [FIRST_NAME],
  output_variables: [
    {
      name: 'eighteen_or_over',
      type: 'yes-no',
      capture_prompt: 'Whether the candidate is eighteen or over',
      knockout: { equals: true },
      element_slug: 'eighteen_or_over',
    },
    { name: 'weekend_work', type: 'yes-no', capture_prompt: 'Whether the candidate can work on weekends', element_slug: 'weekend_work' },
    {
      name: 'experience_years',
      type: 'number',
      subtype: 'years',
      min: 0,
      max: 60,
      capture_prompt: 'Years of work in a kitchen',
      element_slug: 'experience_years',
    },
    {
      name: 'shift',
      type: 'choice',
      options: [
        { value: 'morning', label: 'Morning', synonyms: ['mornings', 'early', 'day', 'days'] },
        { value: 'evening', label: 'Evening', synonyms: ['evenings', 'late'] },
        { value: 'night', label: 'Night', synonyms: ['nights', 'graveyard'] },
      ],
      capture_prompt: 'The shift that the candidate prefers',
      element_slug: 'shift',
    },
    { name: 'hourly_rate', type: 'money', currency: 'USD', period: 'hour', capture_prompt: 'The hourly rate wanted', element_slug: 'hourly_rate' },
  ],
  knowledge_base:
    'The job pays eighteen dollars an hour. Parking is free. The kitchen is at 12 Harbor Street. Staff meals are free. A shift is eight hours with one paid break.',
};

const warehouseAssociate: CallerBotInput = {
  slug: 'warehouse-associate',
  name: 'Warehouse associate',
  language: 'en-US',
  script: {
    introduction: 'This is about the warehouse associate job, three short questions.',
    questions: [
      { variable: 'night_shift', text: 'Can you work the night shift?' },
      { variable: 'start_date', text: 'When could you start?', follow_up: 'Which day would that be?' },
      { variable: 'email', text: 'At which e-mail address can we reach you?', follow_up: 'Please say it slowly, with at and dot.' },
    ],
    closing: 'Thank you. A recruiter will write to you within two days.',
  },
  input_variables: [FIRST_NAME],
  output_variables: [
    { name: 'night_shift', type: 'yes-no', capture_prompt: 'Whether the candidate can work nights', element_slug: 'night_shift' },
    {
      name: 'start_date',
      type: 'date',
      forbid: 'past',
      capture_prompt: 'The first day on which the candidate can start',
      element_slug: 'start_date',
    },
    { name: 'email', type: 'email', capture_prompt: 'The e-mail address of the candidate', element_slug: 'email' },
  ],
  knowledge_base:
    'The job pays nineteen dollars an hour, and two dollars more at night. The night shift runs from ten to six. Safety shoes are provided. The warehouse is near the airport, with a free shuttle from the station.',
};

const deliveryDriver: CallerBotInput = {
  slug: 'delivery-driver',
  name: 'Delivery driver',
  language: 'en-US',
  script: {
    introduction: 'Hello {{candidate_first_name}}, this is about the delivery driver job.',
    questions: [
      { variable: 'driving_licence', text: 'Do you have a valid driving licence?' },
      { variable: 'vehicles', text: 'Which of these have you driven for work: a car, a van, or a truck?' },
      { variable: 'notice_days', text: 'How many days of notice do you have to give?' },
      { variable: 'availability', text: 'On which days and at what times could you drive?' },
      { variable: 'callback_phone', text: 'Which phone number is best for the dispatcher?' },
      { variable: 'experience', text: 'Please tell me briefly about your last driving job.' },
    ],
    closing: 'Thank you. The dispatcher will call you this week.',
  },
  input_variables: [FIRST_NAME],
  output_variables: [
    {
      name: 'driving_licence',
      type: 'yes-no',
      capture_prompt: 'Whether the candidate has a valid driving licence',
      knockout: { equals: true },
      element_slug: 'driving_licence',
    },
    {
      name: 'vehicles',
      type: 'choice',
      multiple: true,
      options: [
        { value: 'car', label: 'Car', synonyms: ['cars'] },
        { value: 'van', label: 'Van', synonyms: ['vans'] },
        { value: 'truck', label: 'Truck', synonyms: ['trucks', 'lorry', 'lorries'] },
      ],
      capture_prompt: 'The vehicles that the candidate has driven for work',
      element_slug: 'vehicles',
    },
    {
      name: 'notice_days',
      type: 'number',
      subtype: 'days',
      min: 0,
      max: 365,
      capture_prompt: 'Days of notice to give',
      element_slug: 'notice_days',
    },
    { name: 'availability', type: 'availability', capture_prompt: 'Days and times when the candidate can drive', element_slug: 'availability' },
    { name: 'callback_phone', type: 'phone', capture_prompt: 'The number for the dispatcher', element_slug: 'callback_phone' },
    { name: 'experience', type: 'text', required: false, capture_prompt: 'The last driving job in a few words', element_slug: 'experience' },
  ],
  knowledge_base:
    'The job pays twenty dollars an hour and fuel is paid. A tour takes about six hours. The van stays at the depot. Parcels weigh up to forty pounds.',
};

/** As the API takes them. */
export const DEMO_BOTS: readonly CallerBotInput[] = [lineCook, warehouseAssociate, deliveryDriver];
