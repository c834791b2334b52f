/** Return the title of a format without the remark in parentheses behind it. */
export const shortTitle = (title: string): string => title.replace(/ \(.*\)$/, '')
