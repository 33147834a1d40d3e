/**
 * Common words of other languages that are no English words. "No" is also Spanish, Portuguese and Italian: "no hablo inglés" answers nothing that was asked. Data
 * only; words that English speakers use in names or alone ("los", "el", "son") are left out.
 */
// biome-ignore format: one word a line would hide the table
export const OTHER_LANGUAGE_WORDS: readonly string[] = [
  'hablo', 'habla', 'hablas', 'hablar', 'inglés', 'ingles', 'español', 'espanol', 'lo', 'siento', 'entiendo', 'entiende', 'comprendo', 'tengo', 'tiene', 'puedo', 'puede',
  'quiero', 'soy', 'estoy', 'está', 'esta', 'gracias', 'señor', 'señora', 'senor', 'senora', 'sé', 'conozco', 'trabajo', 'trabajar', 'licencia', 'nada', 'ahora', 'aquí', 'aqui',
  'mucho', 'poco', 'nunca', 'también', 'pero', 'muy', 'número', 'numero', 'equivocado', 'hay', 'es', 'gusta', 'sabe', 'necesito',
  'falo', 'inglês', 'entendo', 'tenho', 'posso', 'sou', 'estou', 'obrigado', 'obrigada', 'não', 'nao', 'parlo', 'inglese', 'capisco', 'grazie', 'dispiace', 'sono', 'non',
  'parle', 'anglais', 'comprends', 'merci', 'désolé', 'suis', 'pas', 'ich', 'nicht', 'kein', 'spreche', 'verstehe', 'danke', 'englisch', 'rozumiem', 'mówię', 'mowie', 'angielsku',
  'nahi', 'nahin', 'mujhe', 'hindi', 'angrezi',
];
