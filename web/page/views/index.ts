/** The page's views, in the order of its navigation. */
import type {View} from '../host.ts';
import type {Screen} from '../state.ts';
import {draw} from './draw.ts';
import {explain} from './explain.ts';

export const views: Partial<Record<Screen, View>> = {explain, draw};
