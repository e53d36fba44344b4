/** What of the camera is seen on the page. */
export interface CameraState {
  phase: 'off' | 'asking' | 'live' | 'paused';
  devices: readonly {id: string; name: string}[];
  /** of the one in use */
  device: string;
  /** as in a mirror; the network sees it so too */
  mirrored: boolean;
  /** why the map is another method's than the one chosen */
  note: string;
}

export const cameraOff: CameraState = {phase: 'off', devices: [], device: '', mirrored: false, note: ''};
