package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ops.health.Health;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Landmarks, names, headings and contrast of the page in a real browser, wide and narrow, light and
 * dark, with everything open.
 */
class AccessibilityTest {
  private static final Set<String> LANDMARKS =
      Set.of("region", "main", "banner", "contentinfo", "form", "navigation");

  private final Instant start = Instant.now().minusSeconds(600);
  private final DashboardState dashboardState = new DashboardState(SampleStatus.empty(start));

  @Test
  void everyThingHasANameAndAPlaceAndCanBeRead() throws IOException {
    var installed = Chromium.installed();
    Assumptions.assumeTrue(installed.isPresent(), "no Chromium on this machine's PATH");
    Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "chromium");
    for (int second = 0; second < 460; second++) {
      dashboardState.update(SampleStatus.at(start, second));
    }
    for (int n = 0; n < 24; n++) {
      dashboardState
          .images()
          .add(
              new ThumbnailCache.Image(
                  "image-" + n, "s", "disc " + n % 4, SampleStatus.picture(n)));
    }
    try (Chromium browser = Chromium.start(installed.get(), folder);
        Dashboard dashboard =
            Dashboard.start(
                HttpConfig.defaults().withPort(0),
                DashboardContext.of(dashboardState, new Health(Clock.systemUTC()))
                    .with(new SampleExplorer(dashboardState.images()))
                    .and(new SampleReleaseRoutes()::register))) {
      for (int width : new int[] {1280, 390}) {
        for (boolean dark : new boolean[] {false, true}) {
          browser.open("http://127.0.0.1:" + dashboard.port() + "/", width, 900, dark);
          openAll(browser);
          assertThat(findings(browser)).as(width + (dark ? " dark" : " light")).isEmpty();
        }
      }
    }
  }

  private static void openAll(Chromium browser) {
    waitFor(browser, "#images img", 24);
    waitFor(browser, "#map-legend button", 4);
    waitFor(browser, "#words li", 6);
    waitFor(browser, "#releases button", 6);
    waitFor(browser, "#compare-a option", 4);
    browser.value(
        "document.querySelectorAll('main details:not([open]) > summary').forEach(s => s.click());"
            + "document.querySelector('#images button').click();"
            + "for (const key of ['ArrowRight', ' ']) document.querySelector('#map').dispatchEvent("
            + "new KeyboardEvent('keydown', {key}))");
    waitFor(browser, "#versions section", 2);
    waitFor(browser, "#compare-table tbody", 3);
    waitFor(browser, "#selected-images li", 1);
  }

  private static void waitFor(Chromium browser, String selector, int count) {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(browser.count(selector)).as(selector).isEqualTo(count));
  }

  private static List<String> findings(Chromium browser) throws IOException {
    var wrong = new ArrayList<String>();
    browser.value(script()).forEach(finding -> wrong.add(finding.asText()));
    var landmarks = new HashSet<String>();
    for (JsonNode node : browser.accessibleNodes()) {
      String role = node.path("role").path("value").asText();
      String name = node.path("name").path("value").asText();
      if (LANDMARKS.contains(role) && !landmarks.add(role + " " + name)) {
        wrong.add("two landmarks are " + role + " '" + name + "'");
      }
      boolean wantsName = role.equals("image") || isFocusable(node) && !LANDMARKS.contains(role);
      if (name.isBlank() && wantsName) {
        wrong.add("a " + role + " has no name: " + node);
      }
    }
    assertThat(landmarks).as("landmarks").contains("main ", "banner ", "contentinfo ");
    return wrong;
  }

  private static boolean isFocusable(JsonNode node) {
    for (JsonNode property : node.path("properties")) {
      if (property.path("name").asText().equals("focusable")) {
        return property.path("value").path("value").asBoolean();
      }
    }
    return false;
  }

  private static String script() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(AccessibilityTest.class.getResourceAsStream("accessibility.js"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
