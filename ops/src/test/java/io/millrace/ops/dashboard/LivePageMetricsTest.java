package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ops.health.Health;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What the page costs a browser with 5,000 images on the map: first paint, bytes moved, memory.
 * With {@code -Dmillrace.figures.minutes=30} it follows updates that long; without, a few seconds.
 */
class LivePageMetricsTest {
  private static final double MINUTES =
      Double.parseDouble(System.getProperty("millrace.figures.minutes", "0.1"));

  @Test
  void paintsSoonMovesLittleAndStaysSmall() throws Exception {
    var installed = Chromium.installed();
    Assumptions.assumeTrue(installed.isPresent(), "no Chromium on this machine's PATH");
    Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "chromium");
    Instant start = Instant.now().minusSeconds(720);
    var dashboardState = new DashboardState(SampleStatus.empty(start));
    for (int second = 0; second < 720; second++) {
      dashboardState.update(SampleStatus.at(start, second));
    }
    for (int n = 0; n < 24; n++) {
      dashboardState
          .images()
          .add(new ThumbnailCache.Image("image-" + n, "synthetic", null, SampleStatus.picture(n)));
    }
    var explorer = new SampleExplorer(dashboardState.images());
    explorer.hold(5000);
    try (Chromium browser = Chromium.start(installed.get(), folder);
        Dashboard dashboard =
            Dashboard.start(
                HttpConfig.defaults().withPort(0),
                DashboardContext.of(dashboardState, new Health(Clock.systemUTC()))
                    .with(explorer)
                    .and(new SampleReleaseRoutes()::register))) {
      browser.open("http://127.0.0.1:" + dashboard.port() + "/", 1280, 900, false);
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(browser.count("#groups figure")).isPositive());
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(
              () ->
                  assertThat(
                          browser
                              .value("document.querySelector('#map-about').textContent")
                              .asText())
                      .startsWith("5\u202f000 images"));
      double paint =
          browser
              .value(
                  "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]")
              .asDouble();
      double bytes =
          browser
              .value(
                  "performance.getEntriesByType('resource')"
                      + ".concat(performance.getEntriesByType('navigation'))"
                      + ".reduce((sum, e) => sum + e.transferSize, 0)")
              .asDouble();
      double load =
          browser
              .value("performance.getEntriesByType('navigation').map(e => e.loadEventEnd)[0]")
              .asDouble();
      int elements = browser.count("*");
      double before = browser.heapBytes();
      List<String> meanwhile = new ArrayList<>();
      long end = System.nanoTime() + (long) (MINUTES * 60e9);
      int[] second = {720};
      await()
          .pollInterval(1, TimeUnit.SECONDS)
          .atMost(Duration.ofMinutes((long) MINUTES + 10))
          .until(
              () -> {
                dashboardState.update(SampleStatus.at(start, ++second[0]));
                dashboardState
                    .images()
                    .add(
                        new ThumbnailCache.Image(
                            "image-" + second[0],
                            "synthetic",
                            null,
                            SampleStatus.picture(second[0])));
                if (second[0] % 300 == 0) {
                  meanwhile.add(String.format(Locale.ROOT, "%.1f", browser.heapBytes() / 1e6));
                  System.out.println("live page: heap, each five minutes, MB " + meanwhile);
                }
                return System.nanoTime() >= end;
              });
      double after = browser.heapBytes();
      System.out.printf(
          Locale.ROOT,
          "live page: first paint %.0f ms, loaded after %.0f ms, %.0f kB moved to load, heap %.1f"
              + " MB and %d elements, after %.1f minutes %.1f MB and %d%n",
          paint,
          load,
          bytes / 1e3,
          before / 1e6,
          elements,
          MINUTES,
          after / 1e6,
          browser.count("*"));
      assertThat(bytes).as("bytes to load the page, 24 pictures, the map").isBetween(50e3, 400e3);
      assertThat(after).as("heap after updates").isLessThan(before + 30e6);
      assertThat(browser.complaints()).isEmpty();
    }
  }
}
