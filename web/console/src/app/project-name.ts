/** Names of projects: the rule of the API (`NewProject.name`), so that a form tells before it asks. */

const MAX_LENGTH = 63
const NAME = /^[a-z0-9][a-z0-9-]*$/

export function isProjectName(name: string): boolean {
  return name.length <= MAX_LENGTH && NAME.test(name)
}
