/** An instant as the vendor writes it, RFC 2822: `Tue, 31 Aug 2010 20:36:28 +0000`. */
export const twilioTime = (instant: number): string => new Date(instant).toUTCString().replace('GMT', '+0000');
