import { catalogue, formats, plural } from '../../text/catalogue'

const number = { en: formats('en').number, de: formats('de').number }
const assets = {
  en: (count: number) => `${number.en(count)} ${plural('en', count, { one: 'asset', other: 'assets' })}`,
  de: (count: number) => `${number.de(count)} ${plural('de', count, { one: 'Medium', other: 'Medien' })}`,
}

export const texts = catalogue(
  {
    map: 'Map of the assets',
    help: 'Arrow keys move the map, plus and minus zoom, 0 shows all places. The list of places says the same in words.',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    showAll: 'Show all places',
    drawBox: 'Drag a box',
    drawBoxHelp: 'Drag a box on the map: its assets are found',
    searchHere: 'Search in this area',
    places: 'Places',
    count: assets.en,
    where: (where: string) => `near ${where}`,
    inView: (count: number, places: number) =>
      `${assets.en(count)} at ${number.en(places)} ${plural('en', places, { one: 'place', other: 'places' })} in view`,
    nothingInView: 'No asset in view',
    placed: (placed: number, all: number) => `${number.en(placed)} of ${assets.en(all)} have a position`,
    unplaced: (count: number) => `${number.en(count)} without a position`,
    show: (count: number) => `Show ${assets.en(count)}`,
    more: (count: number) => `${number.en(count)} more places: zoom in to list them`,
    noPosition: 'No asset has a position',
    noPositionHelp:
      'Positions come from the GPS of cameras and phones, in EXIF or in the metadata of videos. None of these assets has one.',
    toPictures: 'Show the pictures',
    noMatch: 'No asset matches',
    noMatchHelp: 'Take conditions away to see more.',
    rough: 'Coast lines are drawn for 1 : 50 million and are a rough guide here.',
    noLand: 'No coast lines at this scale: degrees and the scale bar tell the place.',
    noOutlines: 'The outlines of land could not be loaded; the places are right all the same.',
    source: 'Land: Natural Earth',
  },
  {
    map: 'Karte der Medien',
    help: 'Pfeiltasten bewegen die Karte, Plus und Minus zoomen, 0 zeigt alle Orte. Die Liste der Orte sagt dasselbe in Worten.',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    showAll: 'Alle Orte zeigen',
    drawBox: 'Rechteck ziehen',
    drawBoxHelp: 'Ziehen Sie ein Rechteck auf der Karte: seine Medien werden gefunden',
    searchHere: 'In diesem Gebiet suchen',
    places: 'Orte',
    count: assets.de,
    where: (where: string) => `nahe ${where}`,
    inView: (count: number, places: number) =>
      `${assets.de(count)} an ${number.de(places)} ${plural('de', places, { one: 'Ort', other: 'Orten' })} im Bild`,
    nothingInView: 'Kein Medium im Bild',
    placed: (placed: number, all: number) => `${number.de(placed)} von ${assets.de(all)} haben eine Position`,
    unplaced: (count: number) => `${number.de(count)} ohne Position`,
    show: (count: number) => `${assets.de(count)} zeigen`,
    more: (count: number) => `${number.de(count)} weitere Orte: vergrößern Sie, um sie aufzulisten`,
    noPosition: 'Kein Medium hat eine Position',
    noPositionHelp:
      'Positionen kommen vom GPS der Kameras und Telefone, aus EXIF oder den Metadaten von Videos. Keines dieser Medien hat eine.',
    toPictures: 'Bilder zeigen',
    noMatch: 'Kein Medium passt',
    noMatchHelp: 'Nehmen Sie Bedingungen weg, um mehr zu sehen.',
    rough: 'Küstenlinien sind für 1 : 50 Millionen gezeichnet und hier nur ungefähr.',
    noLand: 'In diesem Maßstab keine Küstenlinien: Gradnetz und Maßstab zeigen den Ort.',
    noOutlines: 'Die Umrisse des Landes konnten nicht geladen werden; die Orte stimmen trotzdem.',
    source: 'Land: Natural Earth',
  },
)
