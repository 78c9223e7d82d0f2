import type { etmTrendGet, ResultOf } from "@breakwater/client";
import { useComputedColorScheme } from "@mantine/core";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

type Day = ResultOf<typeof etmTrendGet>[number];

/** From below to above in the stack. */
const BANDS = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
const COLORS = {
  light: { bands: ["#b3202c", "#d97328", "#d9b13b", "#5a9f76"], text: "#5c6870", line: "#dbe1e6", back: "#ffffff" },
  dark: { bands: ["#e0606a", "#e8935a", "#dcc067", "#6fb48c"], text: "#98a4ad", line: "#2d343b", back: "#1a1f24" },
} as const;

/** Open findings by band, day by day, stacked. */
export function TrendChart({ days }: { days: readonly Day[] }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const drawn = init(place.current);
    chart.current = drawn;
    const follow = new ResizeObserver(() => drawn.resize());
    follow.observe(place.current as HTMLDivElement);
    return () => {
      follow.disconnect();
      drawn.dispose();
    };
  }, []);
  useEffect(() => chart.current?.setOption(toOption(days, COLORS[scheme]), true), [days, scheme]);
  return <div ref={place} className="chart" />;
}

function toOption(days: readonly Day[], { bands, text, line, back }: (typeof COLORS)[keyof typeof COLORS]) {
  const axis = { axisLabel: { color: text, fontSize: 11 }, axisLine: { lineStyle: { color: line } } };
  return {
    aria: { enabled: true },
    color: [...bands],
    animation: false,
    grid: { left: 8, right: 12, top: 30, bottom: 4, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 8,
      textStyle: { color: text, fontSize: 11 },
    },
    // Drawn, not made of HTML: the page's policy refuses the styles that the latter has.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: back,
      borderColor: line,
      textStyle: { color: text },
    },
    xAxis: {
      type: "category",
      data: days.map(({ day }) => day),
      boundaryGap: false,
      ...axis,
      axisLabel: { ...axis.axisLabel, margin: 12 },
    },
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, ...axis },
    series: BANDS.map((band) => ({
      type: "line",
      name: band.toLowerCase(),
      stack: "open",
      symbolSize: 4,
      lineStyle: { width: 1 },
      areaStyle: { opacity: 0.65 },
      data: days.map(({ snapshot }) => snapshot?.openByBand[band] ?? null),
    })),
  };
}
