/** The graph that all contenders draw, and the message that brings it. Types only. */
import type { Topology } from '../../../../src/topology/topology.ts';

export interface BenchNode {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface BenchEdge {
  readonly id: string;
  readonly a: string;
  readonly b: string;
}

/** A topology as the panel draws it, with the places that the panel gives everything. */
export interface BenchGraph {
  readonly nodes: readonly BenchNode[];
  readonly edges: readonly BenchEdge[];
}

/** What comes as a message: the whole topology, as the panel gets it, and what a contender without a layout needs beside. */
export interface BenchMessage {
  readonly topology: Topology;
  readonly graph: BenchGraph;
}
