package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.javalin.http.Context;
import io.millrace.ops.health.Health;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page in a real browser; its pictures are left in target/screenshots to be looked at. */
class LivePageTest {
  private static final Path PICTURES = Path.of("target", "screenshots");

  // Not a @TempDir: a helper of the browser may outlive it for a moment and still write there.
  private Path folder;
  private Chromium browser;
  private final Instant start = Instant.now().minusSeconds(600);
  private final DashboardState dashboardState = new DashboardState(SampleStatus.empty(start));
  private final SampleReleaseRoutes releaseRoutes = new SampleReleaseRoutes();
  private final SampleExplorer explorer = new SampleExplorer(dashboardState.images());
  private Dashboard dashboard;

  @BeforeEach
  void open() throws IOException {
    folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "chromium");
    var installed = Chromium.installed();
    Assumptions.assumeTrue(installed.isPresent(), "no Chromium on this machine's PATH");
    browser = Chromium.start(installed.get(), folder);
    dashboard =
        Dashboard.start(
            HttpConfig.defaults().withPort(0),
            DashboardContext.of(dashboardState, new Health(Clock.systemUTC()))
                .with(explorer)
                .and(
                    server -> {
                      releaseRoutes.register(server);
                      releaseRoutes.session(server);
                      server.routes.post("/search", LivePageTest::search);
                    }));
  }

  @AfterEach
  void close() {
    if (dashboard != null) {
      dashboard.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void saysWhatToDoBeforeThereIsAnything() {
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(text("#phase")).isEqualTo("starting"));
    assertThat(text("main")).contains("millrace publish", "No release yet", "Nothing measured yet");
    browser.screenshot(PICTURES.resolve("empty-1280.png"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void showsARunAndFollowsIt() {
    for (int second = 0; second < 600; second++) {
      dashboardState.update(SampleStatus.at(start, second));
    }
    for (int n = 0; n < 24; n++) {
      dashboardState
          .images()
          .add(
              new ThumbnailCache.Image(
                  "image-" + n + SampleStatus.NASTY,
                  "synthetic",
                  n % 3 == 0 ? null : "disc " + n % 4,
                  SampleStatus.picture(n)));
    }
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#groups figure")).isEqualTo(6));
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(24));
    assertThat(count("#releases tbody tr")).isEqualTo(3);
    assertThat(text("#rejected")).contains("UNSUPPORTED_FORMAT", "21");
    assertThat(
            browser
                .value(
                    "(e => e.scrollWidth - e.clientWidth)"
                        + "(document.querySelector('#releases-scroll'))")
                .asInt())
        .as("pixels of the releases' actions beyond the edge")
        .isZero();
    browser.screenshot(PICTURES.resolve("run-1280-light.png"));

    dashboardState.update(SampleStatus.at(start, 1000));
    await().untilAsserted(() -> assertThat(text("#tiles")).contains("8\u202f000"));

    browser.tab();
    assertThat(browser.value("document.activeElement.className").asText()).isEqualTo("skip");
    for (int i = 0; i < 2; i++) {
      browser.tab();
    }
    assertThat(browser.value("document.activeElement.dataset.range").asText()).isIn("60", "600");

    assertThat(browser.value("typeof window.hacked").asText())
        .as("header values are text, never markup")
        .isEqualTo("undefined");
    assertThat(text("#rejected-source")).contains(SampleStatus.NASTY);
    assertThat(text("#tiles"))
        .as("who learns together")
        .contains("rank, of 2", "generation 5", "learner-1" + SampleStatus.NASTY, "30")
        .contains("% of the time", "2 processes");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void looksCloserAtAnImageAndBack() {
    fill(24, 200);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(24));
    await().untilAsserted(() -> assertThat(count("#map-legend li")).isBetween(4, 5));
    await().untilAsserted(() -> assertThat(count("#words li")).isEqualTo(6));
    browser.value("document.querySelector('#images button').click()");
    await().untilAsserted(() -> assertThat(count("#neighbours li")).isEqualTo(6));
    await()
        .untilAsserted(
            () ->
                assertThat(
                        browser
                            .value("document.querySelector('#closer-views').naturalWidth")
                            .asInt())
                    .isPositive());
    assertThat(text("#closer-facts")).contains("image-23");
    assertThat(text("#neighbours-about"))
        .isEqualTo("by release 2, among all 8\u202f000 images that it has embedded");
    assertThat(text("#neighbours li:last-child"))
        .contains("no picture", "gone" + SampleStatus.NASTY);
    browser.value("document.querySelector('#neighbours li:last-child button').click()");
    await()
        .untilAsserted(
            () -> assertThat(text("#closer-facts")).contains("gone" + SampleStatus.NASTY));
    await()
        .untilAsserted(
            () -> assertThat(count("#neighbours li")).as("without a picture, too").isEqualTo(6));
    assertThat(text("#closer-image")).isEqualTo("no picture");
    browser.value("document.querySelector('#neighbours li:nth-child(2) button').click()");
    await().untilAsserted(() -> assertThat(text("#closer-facts")).contains("image-22"));
    assertThat(browser.value("document.activeElement.id").asText()).isEqualTo("closer-title");
    browser.screenshot(PICTURES.resolve("closer-1280-light.png"));
    browser.value("document.querySelector('#closer-close').click()");
    assertThat(browser.value("document.querySelector('#closer').hidden").asBoolean()).isTrue();
    assertThat(browser.value("document.activeElement.className").asText()).isEqualTo("card-button");

    browser.value(
        "document.querySelector('#map').dispatchEvent("
            + "new KeyboardEvent('keydown', {key: 'ArrowRight'}))");
    assertThat(text("#map-about")).contains("image-");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void opensAndClosesGroupsOfChartsAndRemembersWhichWereOpen() {
    fill(3, 200);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#groups figure")).isEqualTo(6));
    assertThat(text("#groups")).contains("Optimizer", "gradient norm\u00a00.", "Replay", "1 chart");
    browser.value("document.querySelectorAll('#groups summary').forEach(s => s.click())");
    await().untilAsserted(() -> assertThat(text("#groups")).contains("Gradient norm L2"));
    assertThat(text("#groups")).doesNotContain("Throughput");
    browser.open(url(), 1280, 900, true);
    await().untilAsserted(() -> assertThat(text("#groups")).contains("Gradient norm L2"));
    assertThat(text("#groups")).doesNotContain("Throughput");
    browser.screenshot(PICTURES.resolve("groups-1280-dark.png"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void showsHostileNamesAsTheyAreAndNothingMovesAwayFromTheKeyboard() {
    fill(3, 200);
    dashboardState
        .images()
        .add(
            new ThumbnailCache.Image(
                "id" + SampleStatus.LONG_AND_TURNED,
                "source" + SampleStatus.LONG_AND_TURNED,
                "label" + SampleStatus.LONG_AND_TURNED,
                SampleStatus.picture(7)));
    browser.open(url(), 390, 844, false);
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(4));
    assertThat(text("#images li:first-child")).startsWith("label\u25a1gpj.exe\u25a1xxx");
    browser.value("document.querySelector('#images button').click()");
    await().untilAsserted(() -> assertThat(text("#closer-facts")).contains("source\u25a1gpj"));
    assertThat(text("#closer-facts").codePoints()).doesNotContain(0x202e).hasSizeLessThan(500);
    assertThat(browser.value("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(390);
    browser.screenshot(PICTURES.resolve("hostile-390-light.png"));

    browser.value("document.querySelector('#images li:last-child button').focus()");
    dashboardState
        .images()
        .add(new ThumbnailCache.Image("later", "s", null, SampleStatus.picture(9)));
    await().untilAsserted(() -> assertThat(text("#images-held")).startsWith("held"));
    assertThat(count("#images img")).isEqualTo(4);
    browser.value("document.activeElement.blur()");
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(5));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void actsOnlyWithTheToken() {
    fill(3, 400);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#releases button")).isEqualTo(4));
    assertThat(browser.value("document.querySelector('#releases button').disabled").asBoolean())
        .isTrue();
    assertThat(text("#releases tbody")).contains("promoted, being filled");
    browser.value(
        "window.asked = []; window.confirm = (text) => { asked.push(text); return true; }");
    unlock(SampleReleaseRoutes.TOKEN);
    await().untilAsserted(() -> assertThat(text("#acted")).startsWith("The token is kept"));
    browser.value("document.querySelector('#releases [data-act=Promote1]').click()");
    await().untilAsserted(() -> assertThat(text("#acted")).isEqualTo("promoted 1"));
    browser.value("document.querySelector('#releases [data-act=Reject1]').click()");
    await().untilAsserted(() -> assertThat(text("#acted")).isEqualTo("rejected 1"));
    assertThat(text("#rollback")).isEqualTo("Roll back to 1");
    browser.value("document.querySelector('#rollback').click()");
    await().untilAsserted(() -> assertThat(text("#acted")).isEqualTo("rolled back to 1"));
    assertThat(browser.value("asked.join()").asText())
        .contains("Reject version 1?", "Go back to version 1? Version 2 is rejected");
    await().untilAsserted(() -> assertThat(text("#undo")).isEqualTo("Undo: promote 2"));
    browser.value("document.querySelector('#undo').click()");
    await()
        .untilAsserted(
            () ->
                assertThat(releaseRoutes.acts())
                    .containsExactly("session", "promote 1", "reject 1", "rollback", "promote 2"));
    browser.screenshot(PICTURES.resolve("releases-1280-light.png"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void tellsAWrongTokenAtOnce() {
    fill(3, 400);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#releases button")).isEqualTo(4));
    unlock("not the token");
    await()
        .untilAsserted(
            () -> assertThat(text("#acted")).isEqualTo("That is not the token of this process."));
    assertThat(count("#releases button:not(:disabled)")).isZero();
  }

  @Test
  void whatIsNotThereYetIsStartingAndLaterAFault() {
    dashboardState.update(SampleStatus.at(start, 30));
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#health li.starting")).isEqualTo(1));
    assertThat(count("#health li.bad")).isZero();
    dashboardState.update(SampleStatus.at(start, 300));
    await().untilAsserted(() -> assertThat(count("#health li.bad")).isEqualTo(1));
  }

  @Test
  void aZoomStaysUntilItIsReleasedAndALinkCarriesIt() {
    fill(3, 400);
    long from = start.getEpochSecond() + 100;
    browser.open(url() + "#from=" + from + "&until=" + (from + 60), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#groups figure")).isEqualTo(6));
    assertThat(text("#zoom-release")).startsWith("Release 2");
    dashboardState.update(SampleStatus.at(start, 401));
    browser.value("document.querySelector('#logarithmic').click()");
    browser.value("document.querySelector('#smooth').click()");
    await().untilAsserted(() -> assertThat(count("#groups figure")).isEqualTo(6));
    assertThat(browser.value("location.hash").asText()).startsWith("#from=" + from);
    browser.screenshot(PICTURES.resolve("zoom-1280-light.png"));
    browser.value("document.querySelector('#zoom-release').click()");
    assertThat(browser.value("location.hash").asText()).isEmpty();
    assertThat(browser.value("document.querySelector('#zoom-release').hidden").asBoolean())
        .isTrue();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theMapHoldsThousandsAndWhatIsSelectedIsAFile() {
    explorer.hold(5000);
    fill(24, 200);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(text("#map-about")).startsWith("5\u202f000 images"));
    explorer.failUmap(true);
    browser.value("document.querySelector('[data-layout=umap]').click()");
    await()
        .untilAsserted(
            () ->
                assertThat(text("#map-about"))
                    .contains("principal components", "UMAP failed, the log says why"));
    explorer.failUmap(false);
    browser.value("document.querySelector('[data-layout=pca]').click()");
    await().untilAsserted(() -> assertThat(text("#map-about")).doesNotContain("UMAP"));
    browser.value("document.querySelector('#map').scrollIntoView({block: 'center'})");
    int middle = browser.value("document.querySelector('#map').clientWidth").asInt() / 2;
    int height = browser.value("document.querySelector('#map').clientHeight").asInt();
    browser.point("#map", middle, height / 2);
    await().untilAsserted(() -> assertThat(count("#map-tip img")).isEqualTo(1));
    assertThat(text("#map-tip")).contains(".png");
    assertThat(text("#map-about")).contains(text("#map-tip b"));
    browser.screenshot(PICTURES.resolve("map-1280-light.png"));

    int side = height / 8;
    browser.drag(
        "#map",
        new int[] {middle - side, height / 2 - side},
        new int[] {middle + side, height / 2 - side},
        new int[] {middle + side, height / 2 + side},
        new int[] {middle - side, height / 2 + side});
    await().untilAsserted(() -> assertThat(text("#selected-about")).endsWith(" selected"));
    int selected = Integer.parseInt(text("#selected-about").replaceAll("\\D", ""));
    assertThat(selected).as("29.5 % of the spiral").isBetween(1400, 1550);
    assertThat(count("#selected-images button")).isEqualTo(60);
    assertThat(text("#selected-more").replaceAll("\\D", ""))
        .isEqualTo(Integer.toString(selected - 60));
    browser.value(
        "const made = URL.createObjectURL; URL.createObjectURL = (blob) => {"
            + " blob.text().then((text) => { window.csv = text; }); return made(blob); };"
            + "document.querySelector('#selected-csv').click()");
    await()
        .untilAsserted(
            () -> assertThat(browser.value("window.csv").asText()).startsWith("id,name"));
    String[] lines = browser.value("window.csv").asText().split("\n");
    assertThat(lines).hasSize(selected + 1);
    assertThat(lines[1])
        .matches("\"[a-z]+-\\d+\",\"[a-z]+-\\d+.png\",\"[^\"]*\",\"synthetic\",[-\\d.]+,[-\\d.]+");
    browser.screenshot(PICTURES.resolve("selected-1280-light.png"));
    browser.value("document.querySelector('#selected-clear').click()");
    assertThat(browser.value("document.querySelector('#selected').hidden").asBoolean()).isTrue();

    browser.value(
        "for (const key of ['ArrowRight', ' ']) document.querySelector('#map').dispatchEvent("
            + "new KeyboardEvent('keydown', {key}))");
    assertThat(text("#selected-about")).as("by the keyboard").isEqualTo("1 selected");
    browser.value("document.querySelector('[data-layout=umap]').click()");
    await().untilAsserted(() -> assertThat(text("#map-card")).contains("1 selected"));
    browser.value("document.querySelector('#selected-images button').click()");
    await().untilAsserted(() -> assertThat(count("#neighbours li")).isEqualTo(6));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void findsImagesLikeAPictureOfOnesOwnAndSaysWhatIsWrongWithAFile() {
    fill(24, 400);
    browser.open(url(), 1280, 900, true);
    await().untilAsserted(() -> assertThat(text("#map-about")).startsWith("24 images"));
    choose("#file", "cat.png", "a cat");
    await().untilAsserted(() -> assertThat(count("#found li")).isEqualTo(2));
    await().untilAsserted(() -> assertThat(text("#search-about")).startsWith("The nearest to"));
    assertThat(text("#search-about"))
        .isEqualTo(
            "The nearest to cat.png among 8\u202f000 images, by release 2; 1 is ringed on the map;"
                + " its own place is marked there");
    assertThat(text("#found li:last-child")).contains("far" + SampleStatus.NASTY, "cos 0.5000");
    browser.screenshot(PICTURES.resolve("search-1280-dark.png"));
    choose("#file", "notes.txt", "no picture");
    await()
        .untilAsserted(
            () ->
                assertThat(text("#search-about"))
                    .isEqualTo("notes.txt: image is neither JPEG nor PNG"));
    assertThat(count("#found li")).isZero();
    assertThat(count("#search-about.wrong")).isEqualTo(1);
    browser.value(
        "document.querySelector('#found') && document.querySelector('#search-clear').click()");
    assertThat(text("#search-about")).isEmpty();
    assertThat(browser.value("typeof window.hacked").asText()).isEqualTo("undefined");
  }

  @Test
  void marksThePlaceOfAPictureOfOnesOwn() throws IOException {
    fill(24, 400);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(text("#map-about")).startsWith("24 images"));
    assertThat(markAt()).isEmpty();
    choose("#file", "cat.png", "a cat");
    await().untilAsserted(() -> assertThat(text("#search-about")).endsWith("marked there"));
    browser.value("document.querySelector('#map').scrollIntoView({block: 'center'})");
    await().untilAsserted(() -> assertThat(markAt()).hasSize(2));
    int[] at = markAt();
    assertThat(at[0])
        .as("right of all images, and within the map")
        .isGreaterThan(browser.value("document.querySelector('#map').clientWidth").asInt() / 2);
    browser.point("#map", at[0], at[1]);
    await()
        .untilAsserted(
            () ->
                assertThat(text("#map-tip"))
                    .isEqualTo("cat.png\nyour picture, projected as the others are"));
    browser.value("document.querySelector('[data-layout=umap]').click()");
    await()
        .untilAsserted(
            () -> assertThat(text("#map-tip")).contains("weighted mean of its 15 nearest"));
    browser.value("document.querySelector('#search-clear').click()");
    await().untilAsserted(() -> assertThat(markAt()).isEmpty());
  }

  /** Where the mark is on the map, by a picture of it; empty where there is none. */
  private int[] markAt() throws IOException {
    Path file = PICTURES.resolve("mark-1280-light.png");
    browser.screenshot(file);
    BufferedImage page = ImageIO.read(file.toFile());
    JsonNode map =
        browser.value(
            "(() => { const box = document.querySelector('#map').getBoundingClientRect();"
                + " return [box.left + scrollX, box.top + scrollY, box.width, box.height]; })()");
    int hue =
        Color.decode(
                browser
                    .value("getComputedStyle(document.body).getPropertyValue('--text').trim()")
                    .asText())
            .getRGB();
    int left = map.get(0).asInt();
    int top = map.get(1).asInt();
    // The page may have grown since.
    int width = Math.min(map.get(2).asInt(), page.getWidth() - left);
    int height = Math.min(map.get(3).asInt(), page.getHeight() - top);
    for (int y = 2; y < height - 2; y++) {
      for (int x = 2; x < width - 2; x++) {
        int[] around = page.getRGB(left + x - 2, top + y - 2, 5, 5, null, 0, 5);
        if (IntStream.of(around).allMatch(pixel -> pixel == hue)) {
          return new int[] {x, y};
        }
      }
    }
    return new int[0];
  }

  @Test
  void laysTwoReleasesOrRunsSideBySide() throws Exception {
    fill(24, 460);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#compare-a option")).isEqualTo(4));
    browser.value("document.querySelector('#compare summary').click()");
    await().untilAsserted(() -> assertThat(text("#compare-head-b")).isEqualTo("release 3"));
    assertThat(text("#compare-head-a")).isEqualTo("release 2");
    assertThat(text("#compare-table"))
        .contains("Figures: 1 of 2 differ", "kNN\t42.0\t43.0\t+1", "settings.temperature")
        .doesNotContain("feature std", "model.seed");
    browser.value("document.querySelector('#compare-all').click()");
    await()
        .untilAsserted(
            () -> assertThat(text("#compare-table")).contains("feature std", SampleStatus.NASTY));
    browser.screenshot(PICTURES.resolve("compare-1280-light.png"));

    var other = new DashboardState(SampleStatus.empty(start));
    other.update(SampleStatus.at(start, 100));
    choose("#compare-file", "other.json", Json.pretty(other.status()));
    await().untilAsserted(() -> assertThat(text("#compare-head-b")).isEqualTo("file other.json"));
    browser.value(
        "const side = document.querySelector('#compare-a'); side.value = 'now';"
            + " side.dispatchEvent(new Event('change'))");
    await().untilAsserted(() -> assertThat(text("#compare-head-a")).isEqualTo("this run, now"));
    assertThat(text("#compare-table")).contains("updates\t3\u202f672\t800\t");
    choose("#compare-file", "other.csv", HistoryFile.csv(other.history().columns()));
    await().untilAsserted(() -> assertThat(text("#compare-head-b")).isEqualTo("file other.csv"));
    assertThat(text("#compare-table")).contains("kNN\t37.6\t31.7\t\u22125");
    choose("#compare-file", "cat.png", "no run");
    await()
        .untilAsserted(
            () ->
                assertThat(text("#compare-about"))
                    .startsWith("cat.png is neither what millrace status --json prints"));
    assertThat(browser.value("typeof window.hacked").asText()).isEqualTo("undefined");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void showsTheNeighborsOfAnImageByTwoReleases() {
    fill(24, 400);
    browser.open(url(), 1280, 900, false);
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(24));
    browser.value("document.querySelector('#by-version').open = true");
    browser.value("document.querySelector('#images button').click()");
    await().untilAsserted(() -> assertThat(count("#versions section")).isEqualTo(2));
    assertThat(text("#versions")).contains("by release 1: 6 of 6 also by release 2");
    assertThat(browser.complaints()).isEmpty();
  }

  private void choose(String selector, String name, String content) {
    browser.value(
        "(() => { const files = new DataTransfer(); files.items.add(new File(["
            + new TextNode(content)
            + "], '"
            + name
            + "', {type: '"
            + URLConnection.guessContentTypeFromName(name)
            + "'})); const input = document.querySelector('"
            + selector
            + "'); input.files = files.files; input.dispatchEvent(new Event('change')); })()");
  }

  /** In place of serving's: finds two images like a PNG. */
  private static void search(Context ctx) {
    boolean isImage =
        "image/png".equals(ctx.contentType()) && "true".equals(ctx.queryParam("withVector"));
    ctx.status(isImage ? 200 : 422)
        .contentType("application/json")
        .result(
            isImage
                ? """
                {"version": 2, "images": 8000, "vector": [3, -2, 1], "neighbours": [
                  {"id": "image-3", "cosine": 0.9, "name": "three.png"},
                  {"id": "far%s", "cosine": 0.5}]}
                """
                    .formatted(SampleStatus.NASTY.replace("\"", "\\\""))
                : "{\"error\": \"image is neither JPEG nor PNG\", \"field\": \"image\"}");
  }

  private void unlock(String token) {
    browser.value(
        "document.querySelector('#token').value = '"
            + token
            + "'; document.querySelector('#unlock').requestSubmit()");
  }

  private void fill(int pictures, int seconds) {
    for (int second = 0; second < seconds; second++) {
      dashboardState.update(SampleStatus.at(start, second));
    }
    for (int n = 0; n < pictures; n++) {
      dashboardState
          .images()
          .add(
              new ThumbnailCache.Image(
                  "image-" + n,
                  "synthetic",
                  n % 3 == 0 ? null : "disc " + n % 4,
                  SampleStatus.picture(n)));
    }
  }

  @Test
  void fitsANarrowDarkScreen() {
    fill(6, 200);
    browser.open(url(), 390, 844, true);
    await().untilAsserted(() -> assertThat(count("#groups figure")).isEqualTo(6));
    await().untilAsserted(() -> assertThat(count("#images img")).isEqualTo(6));
    browser.screenshot(PICTURES.resolve("run-390-dark.png"));
    assertThat(browser.value("document.documentElement.scrollWidth").asInt())
        .as("nothing sticks out sideways")
        .isLessThanOrEqualTo(390);
    assertThat(browser.complaints()).isEmpty();
  }

  /** For a machine that does much else. */
  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofMinutes(2));
  }

  private String url() {
    return "http://127.0.0.1:" + dashboard.port() + "/";
  }

  private String text(String selector) {
    return browser.value("document.querySelector('" + selector + "').innerText").asText();
  }

  private int count(String selector) {
    return browser.count(selector);
  }
}
