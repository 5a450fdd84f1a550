// The curve of the lookup as an SVG: new sessions per second against bare connection tracking, by the number of policies,
// both axes logarithmic. Drawn from measurements, with the colours of the page it stands on (light or dark).

import type { Measurement } from "./measurement.ts";
import { medianRatio } from "./statistics.ts";

const width = 840;
const height = 400;
const frame = { left: 62, right: 560, top: 56, bottom: 344 };
const base = "conntrack";
const labelDistanceMin = 17;

/** In the order of tables; Merlon's line is the strong one. */
const lines: readonly { readonly gateway: string; readonly title: string; readonly colour: string }[] = [
  { gateway: "merlon", title: "Merlon", colour: "#1a7f64" },
  { gateway: "iptables", title: "iptables", colour: "#b5651d" },
  { gateway: "ipset", title: "iptables with ipset", colour: "#8a6fb0" },
  { gateway: "zone-split", title: "nftables, zone-pair lists", colour: "#c2403d" },
  { gateway: "zone-split-as-written", title: "zone-pair lists, addresses first", colour: "#dd8a80" },
  { gateway: "firewalld", title: "firewalld", colour: "#5b7bb4" },
  { gateway: "linear", title: "nftables, one list", colour: "#7a7a7a" },
];

interface Curve {
  readonly title: string;
  readonly colour: string;
  readonly strong: boolean;
  readonly points: readonly { readonly policies: number; readonly share: number }[];
}

export function lookupChart(measurements: readonly Measurement[]): string {
  const curves = curvesOf(measurements.filter(({ subject }) => subject === "new-flows"));
  const policies = curves.flatMap(({ points }) => points.map((point) => point.policies));
  const shares = curves.flatMap(({ points }) => points.map((point) => point.share));
  const x = logScale(Math.min(10, ...policies), Math.max(100, ...policies), frame.left, frame.right);
  const lowest = 10 ** Math.floor(Math.log10(Math.min(0.1, ...shares)));
  const y = logScale(lowest, Math.max(1, ...shares), frame.bottom, frame.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    "<title>New sessions per second by the number of policies</title>",
    "<style>text{fill:#333}.quiet{fill:#777}.grid{stroke:#ddd}@media (prefers-color-scheme:dark){text{fill:#ddd}.quiet{fill:#999}.grid{stroke:#444}}</style>",
    `<text x="${frame.left}" y="22" font-size="15" font-weight="600">New sessions per second, by the number of policies</text>`,
    `<text class="quiet" x="${frame.left}" y="40">as a share of connection tracking without any policy; worst match; both axes logarithmic</text>`,
    ...axis(x, y, lowest, policies),
    ...curves.map((curve) => curveText(curve, x, y)),
    ...labels(curves, y),
    "</svg>",
    "",
  ].join("\n");
}

function curvesOf(measurements: readonly Measurement[]): readonly Curve[] {
  const found = (gateway: string) => measurements.filter((one) => one.gateway === gateway);
  return lines.flatMap(({ gateway, title, colour }) => {
    const points = found(gateway).flatMap(({ policies, values }) => {
      const against = found(base).find((one) => one.policies === policies);
      return against === undefined ? [] : [{ policies, share: medianRatio(values, against.values) }];
    });
    if (points.length === 0) return [];
    return [
      { title, colour, strong: gateway === "merlon", points: points.toSorted((a, b) => a.policies - b.policies) },
    ];
  });
}

type Scale = (value: number) => number;

function logScale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log10(high) - Math.log10(low);
  return (value) => from + ((Math.log10(value) - Math.log10(low)) / span) * (to - from);
}

function axis(x: Scale, y: Scale, lowest: number, policies: readonly number[]): readonly string[] {
  const decades = Array.from({ length: Math.round(-Math.log10(lowest)) + 1 }, (_, n) => 10 ** -n);
  return [
    ...decades.flatMap((share) => [
      `<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${at(y(share))}" y2="${at(y(share))}"/>`,
      `<text class="quiet" x="${frame.left - 8}" y="${at(y(share) + 4)}" text-anchor="end">${percent(share)}</text>`,
    ]),
    ...[...new Set(policies)].map(
      (count) =>
        `<text class="quiet" x="${at(x(count))}" y="${frame.bottom + 22}" text-anchor="middle">${grouped(count)}</text>`,
    ),
    `<text class="quiet" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 44}" text-anchor="middle">policies</text>`,
  ];
}

function curveText({ colour, strong, points }: Curve, x: Scale, y: Scale): string {
  const places = points.map(({ policies, share }) => [at(x(policies)), at(y(share))] as const);
  const path = places.map(([left, top]) => `${left},${top}`).join(" ");
  const dots = places.map(([left, top]) => `<circle cx="${left}" cy="${top}" r="${strong ? 4 : 3}" fill="${colour}"/>`);
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${strong ? 3 : 1.5}"/>${dots.join("")}`;
}

/** At the height of the last point of each curve, moved apart where two would lie over each other. */
function labels(curves: readonly Curve[], y: Scale): readonly string[] {
  let lowestFree = Number.NEGATIVE_INFINITY;
  const largest = Math.max(...curves.flatMap(({ points }) => points.map(({ policies }) => policies)));
  return curves
    .map(({ title, colour, strong, points }) => {
      const last = points.at(-1) ?? { policies: largest, share: 1 };
      const early = last.policies === largest ? "" : `, at ${grouped(last.policies)}`;
      return { text: `${title} ${percent(last.share)}${early}`, colour, strong, top: y(last.share) };
    })
    .toSorted((a, b) => a.top - b.top)
    .map(({ text, colour, strong, top }) => {
      const place = Math.max(top, lowestFree);
      lowestFree = place + labelDistanceMin;
      const weight = strong ? ' font-weight="600"' : "";
      return `<text x="${frame.right + 12}" y="${at(place + 4)}" style="fill:${colour}"${weight}>${text}</text>`;
    });
}

function at(place: number): string {
  return String(Math.round(place * 10) / 10);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
