/** The script of an explanation in one file: takes the place of what is shown without it. */
import {ids} from './data.ts';
import {openModel, readSaved} from './read.ts';
import {WhylightSaved} from './saved.ts';

const main = document.getElementById(ids.saved)!;
const saved = await readSaved();
const element = new WhylightSaved(saved, () => openModel(saved));
main.replaceChildren(element);
