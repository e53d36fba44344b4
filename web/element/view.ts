/** What a person chose about how the map is drawn; nothing of it changes the numbers. */
export interface View {
  palette: string;
  /** 0: the picture alone, 1: the map alone */
  opacity: number;
  /** standard deviation in pixels of a picture 224 wide */
  smoothing: number;
}

export const plainView: View = {palette: 'red-blue', opacity: 0.7, smoothing: 1};
