// What every part of the control room is handed: the store, and the few things that can be done.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Store } from "./store";

export type Room = {
  store: Store;
  /** The time on the service clock at which this picture is drawn, in milliseconds. */
  nowMs: number;
  zone: string;
  refused: ReadonlySet<string>;
  selectRescue: (id: string) => void;
  selectTruck: (id: string) => void;
  /** Says a short word to the dispatcher, and to a screen reader. */
  say: (text: string) => void;
};

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("a part of the control room stands outside it");
  return room;
}
