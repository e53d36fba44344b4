/** The page's views, in the order of its navigation. */
import type {View} from '../host.ts';
import type {Screen} from '../state.ts';
import {compare} from './compare.ts';
import {draw} from './draw.ts';
import {explain} from './explain.ts';
import {network} from './network.ts';
import {scores} from './scores.ts';

export const views: Record<Screen, View> = {explain, compare, scores, network, draw};
