/** The camera: asked for only when the person asks, followed by maps, let go as soon as anything else is looked at. */
import type {Picture} from '../core/image.ts';
import type {ExplainRequest} from '../core/types.ts';
import {camera as words} from '../strings/english.ts';
import {cameraOff, type CameraState} from './camera-state.ts';
import {cameraSource} from './inputs.ts';
import type {Explain, Live} from './live.ts';
import {camera, type Choice, type Source, type Store} from './state.ts';

/** What the camera needs of the workbench. */
export interface CameraHost {
  /** whatever is under way is given up: pictures of the camera follow */
  begin(): void;
  /** explains a file as if the person had chosen it */
  take(file: File): Promise<void>;
  /** brings the screen to this choice */
  restore(part: Partial<Choice>): Promise<void>;
}

const wide = {width: {ideal: 640}, height: {ideal: 480}};
const patience = 700; // milliseconds that a live map may take

/** Views in which a map that follows the camera is seen. */
const followed = new Set<Choice['screen']>(['explain', 'draw']);

/** Methods of a pass or two, the most telling first. */
const quick = ['grad-cam', 'gradient-x-input', 'gradient'];

/** One frame; mirrored as the person sees it, so that map and picture agree whatever is done with them. */
function grab(video: HTMLVideoElement, mirrored: boolean): Picture {
  const [width, height] = [video.videoWidth, video.videoHeight];
  const context = new OffscreenCanvas(width, height).getContext('2d', {willReadFrequently: true})!;
  if (mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(video, 0, 0);
  return {width, height, data: new Uint8ClampedArray(context.getImageData(0, 0, width, height).data)};
}

/** A picture as a file, every pixel kept. */
async function fileOf({width, height, data}: Picture, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(data, width), 0, 0);
  return new File([await canvas.convertToBlob({type: 'image/png'})], name, {type: 'image/png'});
}

export class Camera {
  /** shows what the camera sees; to be put into the page */
  readonly video: HTMLVideoElement = Object.assign(document.createElement('video'), {muted: true, playsInline: true});
  private stream: MediaStream | undefined;
  private turn = 0;
  /** of following: grows whenever it begins or pauses */
  private round = 0;
  private brought = false;
  /** what was looked at before */
  private before: {choice: Choice; source: Source | undefined} | undefined;
  /** the frame that the last map belongs to */
  private last: Picture | undefined;
  /** methods with their options that take too long here, or cannot be had */
  private readonly slow = new Set<string>();
  private fresh: () => void = () => undefined;

  constructor(
    private readonly store: Store,
    private readonly live: Live,
    private readonly host: CameraHost,
  ) {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.on) void this.leave(words.hidden);
    });
  }

  private set(part: Partial<CameraState>): void {
    this.store.update({camera: {...this.store.state.camera, ...part}});
  }

  private get on(): boolean {
    return this.store.state.camera.phase !== 'off';
  }

  /** Asks for a camera, any or the one named, and follows it. */
  async open(device = ''): Promise<void> {
    const turn = ++this.turn;
    this.release();
    if (!this.before) this.before = {choice: this.store.state.choice, source: this.store.state.source};
    this.set({phase: 'asking', device, note: ''});
    try {
      if (!navigator.mediaDevices) throw new DOMException('', isSecureContext ? 'NotSupportedError' : 'InsecureError');
      const which = device ? {deviceId: {exact: device}} : {facingMode: {ideal: 'environment'}};
      const stream = await navigator.mediaDevices.getUserMedia({audio: false, video: {...which, ...wide}});
      if (turn !== this.turn) return stream.getTracks().forEach((track) => track.stop());
      await this.begin(stream);
    } catch (error) {
      if (turn === this.turn) await this.fail(error);
    }
  }

  private async begin(stream: MediaStream): Promise<void> {
    const turn = this.turn;
    this.stream = stream;
    const track = stream.getVideoTracks()[0]!;
    track.addEventListener('ended', () => turn === this.turn && void this.leave(words.ended));
    this.video.srcObject = stream;
    await this.video.play();
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({kind}) => kind === 'videoinput');
    if (turn !== this.turn) return;
    const {deviceId = '', facingMode} = track.getSettings();
    const writing = this.store.state.card?.input.kind === 'digit'; // must not be reversed
    if (!followed.has(this.store.state.choice.screen)) this.store.choose({screen: 'explain'});
    this.host.begin();
    this.set({
      phase: 'live',
      devices: devices.map(({deviceId: id, label}, number) => ({id, name: label || words.numbered(number + 1)})),
      device: deviceId,
      mirrored: facingMode !== 'environment' && !writing,
    });
    void this.follow();
  }

  /** Says in one sentence what stands against it and what to do. */
  private async fail(error: unknown): Promise<void> {
    const {name, message} = error as Error;
    const text = words.failures[name as keyof typeof words.failures] ?? words.failed(message);
    await this.leave('');
    this.store.update({notice: {kind: 'failure', heading: words.failure, text}});
  }

  /** Maps of the newest frame, one after another, until it is paused, stopped, or something else is looked at. */
  private async follow(): Promise<void> {
    const round = ++this.round;
    const going = () => round === this.round;
    this.watch(going);
    try {
      await this.live.run(async () => {
        await this.freshFrame();
        return going() ? this.frame() : undefined;
      }, this.explain);
    } catch (error) {
      if (going()) await this.fail(error);
    }
  }

  /** Notes every frame that the camera brings: a map is made of each at most once. */
  private watch(going: () => boolean): void {
    const next = () => {
      this.brought = true;
      this.fresh();
      if (going()) this.video.requestVideoFrameCallback(next);
    };
    next();
  }

  private async freshFrame(): Promise<void> {
    if (!this.brought) await new Promise<void>((resolve) => (this.fresh = resolve));
    this.brought = false;
  }

  private frame(): Source {
    const {camera: seen, card} = this.store.state;
    this.last = grab(this.video, seen.mirrored);
    return cameraSource(this.last, seen.mirrored, card!);
  }

  /** By the method chosen, if that is quick enough to follow; otherwise by the first that is, and says so. */
  private readonly explain: Explain = async (model, input, request) => {
    if (!this.slow.has(this.keyOf(request))) {
      const limit = AbortSignal.timeout(patience);
      try {
        const explanation = await model.explain(input, request, {signal: limit});
        this.set({note: ''});
        return explanation;
      } catch (error) {
        if (!limit.aborted) throw error;
        this.slow.add(this.keyOf(request));
      }
    }
    for (const method of quick) {
      const other = {method, target: request.target ?? 'top', settings: {}};
      if (method === request.method || this.slow.has(this.keyOf(other))) continue;
      try {
        const explanation = await model.explain(input, other);
        this.set({note: words.instead(this.titleOf(method), this.titleOf(request.method), patience)});
        return explanation;
      } catch {
        this.slow.add(this.keyOf(other)); // the model has no feature map, say
      }
    }
    return model.explain(input, request);
  };

  private keyOf({method, settings}: ExplainRequest): string {
    return JSON.stringify([this.store.state.card?.name, method, settings]);
  }

  private titleOf(name: string): string {
    return this.store.state.catalogue?.methods.find((row) => row.name === name)?.title ?? name;
  }

  /** Keeps the picture and its map on the screen, the camera ready. */
  pause(): void {
    ++this.round;
    this.fresh();
    this.set({phase: 'paused'});
    this.store.update({rate: undefined});
  }

  resume(): void {
    this.set({phase: 'live'});
    void this.follow();
  }

  mirror(mirrored: boolean): void {
    this.set({mirrored});
  }

  /** The picture under the map becomes one of the person's own; the camera is let go. */
  async take(): Promise<void> {
    const {mirrored} = this.store.state.camera;
    const file = await fileOf(this.last ?? grab(this.video, mirrored), words.fileName(mirrored));
    this.close();
    await this.host.take(file);
  }

  /** Lets the camera go and returns to what was looked at before; says why, if anything. */
  async leave(said: string): Promise<void> {
    const {before} = this;
    const began = this.store.state.choice.input === camera;
    this.close();
    if (said) this.store.update({said});
    if (!before || !began) return;
    this.store.update({source: before.source});
    await this.host.restore({input: before.choice.input, target: before.choice.target});
  }

  /** Whether the camera goes on under this choice; if it asks for something else the camera is let go. */
  keeps({input, model, screen}: Choice): boolean {
    if (!this.on) return false;
    const before = this.before?.choice;
    const asking = this.store.state.camera.phase === 'asking';
    const same = model === before?.model && input === (asking ? before.input : camera);
    if (!same) this.close();
    if (same && !asking && !followed.has(screen)) void this.take(); // such a view is of one picture
    return same && !asking;
  }

  /** The camera's light goes out. */
  close(): void {
    ++this.turn;
    ++this.round;
    this.release();
    this.before = undefined;
    this.last = undefined;
    this.fresh();
    if (this.on) this.store.update({camera: cameraOff, rate: undefined});
  }

  private release(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    this.video.srcObject = null;
  }
}
