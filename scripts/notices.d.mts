/** The text of ThirdPartyNotices.txt for what is bundled now. */
export function renderNotices(): Promise<string>;
