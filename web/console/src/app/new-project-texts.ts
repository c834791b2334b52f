import { catalogue } from '../text/catalogue'

export const texts = catalogue(
  {
    create: 'New project',
    title: 'New project',
    name: 'Name',
    nameHelp: 'Small letters, digits and hyphens, up to 63. It is part of every address and stays as it is.',
    nameWrong: 'Use small letters, digits and hyphens; begin with a letter or a digit; up to 63 characters.',
    admin: 'E-mail address of the first administrator',
    adminHelp:
      'They get an invitation, and invite the others. You get no role by creating it: name yourself to have one.',
    yes: 'Create the project',
    cancel: 'Cancel',
    close: 'Close',
    done: (name: string) => `The project ${name} is there`,
    invited: (email: string) => `${email} is its administrator, and was sent an invitation unless they had an account.`,
    yours: 'You have a role in it.',
    notYours:
      'You have no role in it. Its administrator opens it and invites the others. If that is you, sign in again.',
    open: 'Open the project',
    invite: 'Invite members',
    signInAgain: 'Sign in again',
    elsewhere: 'Projects come from where people sign in',
  },
  {
    create: 'Neues Projekt',
    title: 'Neues Projekt',
    name: 'Name',
    nameHelp:
      'Kleine Buchstaben, Ziffern und Bindestriche, höchstens 63. Er steht in jeder Adresse und bleibt, wie er ist.',
    nameWrong:
      'Kleine Buchstaben, Ziffern und Bindestriche; vorn ein Buchstabe oder eine Ziffer; höchstens 63 Zeichen.',
    admin: 'E-Mail-Adresse der ersten verwaltenden Person',
    adminHelp:
      'Sie bekommt eine Einladung und lädt die anderen ein. Wer ein Projekt anlegt, hat darin keine Rolle: Nennen Sie sich selbst, wenn Sie eine wollen.',
    yes: 'Projekt anlegen',
    cancel: 'Abbrechen',
    close: 'Schließen',
    done: (name: string) => `Das Projekt ${name} ist da`,
    invited: (email: string) => `${email} verwaltet es und hat eine Einladung bekommen, wenn es noch kein Konto gab.`,
    yours: 'Sie haben eine Rolle darin.',
    notYours:
      'Sie haben keine Rolle darin. Wer es verwaltet, öffnet es und lädt die anderen ein. Wenn Sie das sind, melden Sie sich neu an.',
    open: 'Projekt öffnen',
    invite: 'Mitglieder einladen',
    signInAgain: 'Neu anmelden',
    elsewhere: 'Projekte entstehen dort, wo Personen sich anmelden',
  },
)
