package io.millrace.ops.experiment;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.intermediate.CommandSequence;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.XYStyler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Charts side by side in one SVG file. */
public final class Plot {
  private static final Logger log = LoggerFactory.getLogger(Plot.class);
  private static final int COLUMNS = 2;
  private static final int HEIGHT = 400;
  private static final Pattern LONG_NUMBER = Pattern.compile("(\\.\\d)\\d+");

  /** Dashes would be written one by one: half a megabyte of them. */
  private static final BasicStroke GRID = new BasicStroke(0.5f);

  private Plot() {}

  /** One chart. */
  sealed interface Chart permits Panel, Curves {}

  /**
   * A bar chart.
   *
   * @param title what is shown
   * @param unit of the bars
   * @param names below the bars
   * @param series bars by name
   */
  record Panel(String title, String unit, List<String> names, List<Series> series)
      implements Chart {}

  /**
   * One bar for each name.
   *
   * @param values not finite: no bar
   */
  record Series(String name, List<Double> values) {}

  /**
   * A chart of lines.
   *
   * @param title what is shown
   * @param along what the horizontal axis counts
   * @param unit of the vertical axis
   */
  record Curves(String title, String along, String unit, List<Curve> curves) implements Chart {}

  /** One line: a value for each place. */
  record Curve(String name, List<Double> x, List<Double> y) {}

  /** Writes the charts; where the system can't draw text, a warning is all that comes of it. */
  public static void write(Path file, List<? extends Chart> panels) throws IOException {
    int names = panels.stream().mapToInt(Plot::names).max().orElse(1);
    int width = Math.max(480, 120 + 34 * names);
    int rows = (panels.size() + COLUMNS - 1) / COLUMNS;
    int columns = Math.min(COLUMNS, panels.size());
    CommandSequence commands;
    try {
      var graphics = new VectorGraphics2D();
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, columns * width, rows * HEIGHT);
      for (int i = 0; i < panels.size(); i++) {
        graphics.translate(i % COLUMNS * width, i / COLUMNS * HEIGHT);
        chart(panels.get(i), width).paint(graphics, width, HEIGHT);
        graphics.translate(-(i % COLUMNS) * width, -(i / COLUMNS) * HEIGHT);
      }
      commands = graphics.getCommands();
    } catch (RuntimeException | LinkageError | InternalError e) {
      log.warn("no plot at {}: this system can't draw text ({})", file, e.toString());
      return;
    }
    var svg = new ByteArrayOutputStream();
    new SVGProcessor()
        .getDocument(commands, new PageSize(0, 0, columns * width, rows * HEIGHT))
        .writeTo(svg);
    // Letters are outlines: a tenth of a pixel is enough for them, and a third of the file.
    Files.writeString(
        file, LONG_NUMBER.matcher(svg.toString(StandardCharsets.UTF_8)).replaceAll("$1"));
  }

  private static int names(Chart chart) {
    return chart instanceof Panel panel ? panel.names().size() : 1;
  }

  private static org.knowm.xchart.internal.chartpart.Chart<?, ?> chart(Chart chart, int width) {
    return chart instanceof Curves curves ? lines(curves, width) : bars((Panel) chart, width);
  }

  private static XYChart lines(Curves curves, int width) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(HEIGHT)
            .title(curves.title())
            .xAxisTitle(curves.along())
            .yAxisTitle(curves.unit())
            .build();
    XYStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setLegendPosition(XYStyler.LegendPosition.OutsideS);
    styler.setMarkerSize(4);
    styler.setPlotGridLinesStroke(GRID);
    styler.setYAxisDecimalPattern("#,##0.###");
    styler.setXAxisDecimalPattern("#,##0");
    for (Curve curve : curves.curves()) {
      chart.addSeries(curve.name(), curve.x(), curve.y());
    }
    return chart;
  }

  private static CategoryChart bars(Panel panel, int width) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(width)
            .height(HEIGHT)
            .title(panel.title())
            .yAxisTitle(panel.unit())
            .build();
    CategoryStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setXAxisLabelRotation(90);
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendVisible(panel.series().size() > 1);
    styler.setLegendPosition(CategoryStyler.LegendPosition.OutsideS);
    styler.setLegendLayout(CategoryStyler.LegendLayout.Horizontal);
    styler.setAvailableSpaceFill(0.8);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridLinesStroke(GRID);
    styler.setYAxisDecimalPattern("#,##0.###");
    for (Series series : panel.series()) {
      chart.addSeries(
          series.name(),
          panel.names(),
          series.values().stream().map(v -> Double.isFinite(v) ? v : 0).toList());
    }
    return chart;
  }
}
