import type { CallerBot, OutputVariable } from '../../schemas/caller-bot.js';
import type { FormElement } from '../../schemas/form.js';

const elementType = ({ type, multiple }: OutputVariable): FormElement['type'] => {
  switch (type) {
    case 'yes-no':
      return 'checkbox';
    case 'number':
    case 'money':
      return 'number';
    case 'choice':
      return multiple ? 'multi_select' : 'dropdown';
    case 'date':
    case 'email':
    case 'phone':
      return type;
    case 'availability':
    case 'text':
      return 'text_area';
    default:
      return type satisfies never;
  }
};

/** The form elements that a bot's answers are written to, in the order of its variables; for forms that are made for a bot. */
export const formElementsOf = (bot: Pick<CallerBot, 'output_variables'>): FormElement[] =>
  bot.output_variables.flatMap((variable) => {
    const { element_slug: slug, capture_prompt, required, options } = variable;
    if (slug === undefined) return [];
    const choices = options ? { options: options.map(({ value }) => value) } : {};
    return [{ slug, label: capture_prompt.slice(0, 200), type: elementType(variable), required, ...choices }];
  });
