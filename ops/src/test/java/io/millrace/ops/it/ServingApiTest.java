package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The routes over real small models: right answers, right refusals. */
class ServingApiTest {
  private static final int SIDE = ReleasedModels.SIDE;

  @TempDir static Path dir;
  private static ServingHttp http;
  private static ReleaseManifest byol;
  private static ReleaseManifest obow;
  private static @Nullable VectorIndex index;

  @BeforeAll
  static void serve() throws IOException {
    ApiSettings d = ApiSettings.defaults();
    var settings =
        new ApiSettings(
            1 << 20,
            8,
            64,
            4,
            8,
            Duration.ofSeconds(60),
            d.drainTimeout(),
            2,
            "",
            false,
            List.of());
    http = new ServingHttp(dir, settings, () -> index);
    byol = http.release("byol");
    obow = http.release("obow");
  }

  @AfterAll
  static void stop() throws IOException {
    http.close();
    if (index != null) {
      index.close();
    }
  }

  @BeforeEach
  void clear() {
    http.acts.clear();
  }

  @Test
  void embedsAsTheReleasedNetworkDoesInJsonAndBinaryAndEncoded() throws IOException {
    List<PixelImage> images = ReleasedModels.images(3);
    float[][] expected = features(byol, images);
    String path = "/v2/models/embed/versions/1/infer";

    HttpResponse<byte[]> binary =
        http.post(
            path,
            binary(
                header("images", "UINT8", 3 * 3 * SIDE * SIDE, 3, 3, SIDE, SIDE), planar(images)),
            "Inference-Header-Content-Length",
            "" + header("images", "UINT8", 3 * 3 * SIDE * SIDE, 3, 3, SIDE, SIDE).length());
    assertThat(binary.statusCode()).as(text(binary)).isEqualTo(200);
    int length =
        Integer.parseInt(
            binary.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
    JsonNode head = ServingHttp.JSON.readTree(binary.body(), 0, length);
    assertThat(head.path("model_version").asText()).isEqualTo("1");
    assertThat(head.path("id").asText()).isEqualTo("mine");
    ByteBuffer raw =
        ByteBuffer.wrap(binary.body(), length, binary.body().length - length)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    int dim = byol.featureDim();
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < dim; j++) {
        assertThat(raw.getFloat()).isEqualTo(expected[i][j], within(1e-5f));
      }
    }

    ObjectNode request = request();
    ArrayNode data = input(request, "images", "BYTES", 3);
    for (PixelImage image : images) {
      data.add(Base64.getEncoder().encodeToString(png(image)));
    }
    HttpResponse<byte[]> json = http.post(path, ServingHttp.JSON.writeValueAsBytes(request));
    assertThat(json.statusCode()).as(text(json)).isEqualTo(200);
    JsonNode vectors = output(ServingHttp.json(json), "embedding");
    assertThat(vectors.path("shape").toString()).isEqualTo("[3," + dim + "]");
    assertThat((float) vectors.path("data").get(dim + 1).asDouble())
        .isEqualTo(expected[1][1], within(1e-5f));
    assertThat(output(ServingHttp.json(json), "norm").path("data")).hasSize(3);
  }

  @Test
  void unpinnedCallsGoToTheServingVersionAndSayWhich() {
    HttpResponse<byte[]> answer = http.post("/v2/models/embed/infer", pixels(1));
    assertThat(ServingHttp.json(answer).path("model_version").asText()).isEqualTo("2");
    assertThat(answer.headers().firstValue("Millrace-Model-Version")).hasValue("model@2");
    JsonNode about = ServingHttp.json(http.send(http.to("/v2/models/embed")));
    assertThat(about.path("versions").toString())
        .as("all that can be pinned, the one that answers first")
        .isEqualTo("[\"2\",\"1\"]");
    assertThat(about.path("outputs").get(0).path("shape").get(1).asInt())
        .isEqualTo(obow.featureDim());
    assertThat(http.send(http.to("/v2/models/embed/versions/1/ready")).statusCode()).isEqualTo(200);
    assertThat(ServingHttp.json(http.send(http.to("/v2"))).path("name").asText())
        .isEqualTo("millrace");
  }

  @Test
  void metadataHasEveryFormOfImagesAndTheShapesThatAnswersHave() throws IOException {
    JsonNode about = ServingHttp.json(http.send(http.to("/v2/models/teacher")));
    JsonNode images = about.path("inputs").get(0);
    assertThat(images.path("datatype").asText()).isEqualTo("UINT8");
    assertThat(images.path("shape").toString()).isEqualTo("[-1,3,-1,-1]");
    assertThat(images.at("/parameters/alternatives").toString())
        .isEqualTo(
            "[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[-1,3,%d,%d]},"
                    .formatted(SIDE, SIDE)
                + "{\"name\":\"images\",\"datatype\":\"BYTES\",\"shape\":[-1]}]");
    ObjectNode request = (ObjectNode) ServingHttp.JSON.readTree(pixels(1));
    for (String name : List.of("map.layer4", "features")) {
      request.withArray("outputs").addObject().put("name", name);
    }
    JsonNode answer =
        ServingHttp.json(
            http.post("/v2/models/teacher/infer", ServingHttp.JSON.writeValueAsBytes(request)));
    for (String name : List.of("map.layer4", "features")) {
      JsonNode told = output(about, name).path("shape");
      JsonNode given = output(answer, name).path("shape");
      assertThat(told.get(1).asInt()).as(name).isPositive().isEqualTo(given.get(1).asInt());
      assertThat(told).hasSameSizeAs(given);
    }
  }

  @Test
  void teacherGivesProjectionsMapsAndBagsOfWords() throws IOException {
    JsonNode projection =
        ServingHttp.json(http.post("/v2/models/teacher/versions/1/infer", pixels(2)));
    assertThat(output(projection, "target").path("shape").toString()).isEqualTo("[2,256]");

    ObjectNode request = (ObjectNode) ServingHttp.JSON.readTree(pixels(2));
    for (String name : List.of("target.layer4", "map.layer4", "features")) {
      request.withArray("outputs").addObject().put("name", name);
    }
    JsonNode bags =
        ServingHttp.json(
            http.post("/v2/models/teacher/infer", ServingHttp.JSON.writeValueAsBytes(request)));
    assertThat(bags.path("outputs")).hasSize(3);
    double sum = 0;
    JsonNode bag = output(bags, "target.layer4");
    int words = bag.path("shape").get(1).asInt();
    for (int i = 0; i < words; i++) {
      sum += bag.path("data").get(i).asDouble();
    }
    assertThat(sum).isEqualTo(1, within(1e-5));
    assertThat(output(bags, "map.layer4").path("shape")).hasSize(4);
    assertThat(bags.path("model_version").asText()).isEqualTo("2");
  }

  @Test
  void auxiliaryLossIsTheObjectivesWithItsGradient() throws IOException {
    float[] prediction = gaussians(2 * 256);
    ObjectNode request = (ObjectNode) ServingHttp.JSON.readTree(pixels(2));
    ArrayNode data = input(request, "prediction", "FP32", 2, 256);
    for (float v : prediction) {
      data.add(v);
    }
    String path = "/v2/models/auxiliary/byol/versions/1/infer";
    JsonNode answer =
        ServingHttp.json(http.post(path, ServingHttp.JSON.writeValueAsBytes(request)));
    float[] target =
        floats(
            output(
                ServingHttp.json(http.post("/v2/models/teacher/versions/1/infer", pixels(2))),
                "target"));
    assertThat(output(answer, "loss").path("data").get(0).asDouble())
        .isEqualTo(byolLoss(prediction, target), within(1e-5));
    float[] gradient = floats(output(answer, "gradient"));
    double h = 1e-3;
    for (int i : new int[] {0, 17, 300}) {
      float[] up = prediction.clone();
      up[i] += (float) h;
      float[] down = prediction.clone();
      down[i] -= (float) h;
      double slope = (byolLoss(up, target) - byolLoss(down, target)) / (2 * h);
      assertThat((double) gradient[i]).isEqualTo(slope, within(1e-5));
    }

    request = (ObjectNode) ServingHttp.JSON.readTree(pixels(2));
    data = input(request, "features.crops", "FP32", 4, obow.featureDim());
    for (float v : gaussians(4 * obow.featureDim())) {
      data.add(v);
    }
    JsonNode second =
        ServingHttp.json(
            http.post(
                "/v2/models/auxiliary/obow/infer", ServingHttp.JSON.writeValueAsBytes(request)));
    assertThat(output(second, "loss").path("data").get(0).asDouble()).isPositive();
    assertThat(output(second, "gradient").path("shape").toString())
        .isEqualTo("[4," + obow.featureDim() + "]");
  }

  @Test
  void anyReleaseTeachesByDistillation() throws IOException {
    int dim = byol.featureDim();
    ObjectNode request = (ObjectNode) ServingHttp.JSON.readTree(pixels(2));
    ArrayNode data = input(request, "student", "FP32", 2, dim);
    float[] student = gaussians(2 * dim);
    for (float v : student) {
      data.add(v);
    }
    JsonNode answer =
        ServingHttp.json(
            http.post(
                "/v2/models/auxiliary/distillation/versions/1/infer",
                ServingHttp.JSON.writeValueAsBytes(request)));
    float[][] taught = features(byol, ReleasedModels.images(2));
    double loss = 0;
    for (int row = 0; row < 2; row++) {
      double dot = 0;
      double square = 0;
      for (int j = 0; j < dim; j++) {
        dot += (double) student[row * dim + j] * taught[row][j];
        square += (double) student[row * dim + j] * student[row * dim + j];
      }
      loss += (1 - dot / Math.sqrt(square)) / 2;
    }
    assertThat(output(answer, "loss").path("data").get(0).asDouble()).isEqualTo(loss, within(1e-5));
    assertThat(output(answer, "gradient").path("shape").toString()).isEqualTo("[2," + dim + "]");
    for (String name : List.of("auxiliary/obow", "auxiliary%2Fobow")) {
      JsonNode about = ServingHttp.json(http.send(http.to("/v2/models/" + name)));
      assertThat(about.path("name").asText()).isEqualTo("auxiliary/obow");
      assertThat(about.path("parameters").path("objective").path("kappa").asDouble()).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          prediction | FP32  | 2 | 256 | NaN  | body
          prediction | FP32  | 2 | 256 | 1e39 | inputs[1].data
          prediction | UINT8 | 2 | 256 | 1    | inputs[1].datatype
          prediction | FP64  | 2 | 256 | 1    | inputs[1].datatype
          prediction | FP32  | 2 | 255 | 1    | inputs[1].shape
          prediction | FP32  | 3 | 256 | 1    | inputs
          student    | FP32  | 2 | 256 | 1    | inputs[1].name
          """)
  void wrongPredictionsNameTheField(
      String name, String datatype, int rows, int columns, String value, String field) {
    String images = new String(pixels(2), StandardCharsets.UTF_8);
    String input =
        "{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":[%d,%d],\"data\":[%s]}"
            .formatted(
                name,
                datatype,
                rows,
                columns,
                String.join(",", java.util.Collections.nCopies(rows * columns, value)));
    int end = images.lastIndexOf(']');
    String body = images.substring(0, end) + "," + input + images.substring(end);
    assertRefused(
        http.post(
            "/v2/models/auxiliary/byol/versions/1/infer", body.getBytes(StandardCharsets.UTF_8)),
        400,
        field);
  }

  @Test
  void countsCallsAndWhatItTurnsAway() {
    assertThat(http.post("/v2/models/embed/infer", pixels(2)).statusCode()).isEqualTo(200);
    assertThat(http.post("/search", new byte[(1 << 20) + 1]).statusCode()).isEqualTo(413);
    String scraped = http.meters.scrape();
    assertThat(value(scraped, "millrace_api_images_total{model=\"embed\"}"))
        .isGreaterThanOrEqualTo(2);
    assertThat(value(scraped, "millrace_api_run_seconds_count{model=\"embed\"}")).isPositive();
    assertThat(value(scraped, "millrace_api_wait_seconds_count{model=\"embed\"}")).isPositive();
    assertThat(value(scraped, "millrace_api_refused_total{status=\"413\"}")).isPositive();
    assertThat(value(scraped, "millrace_api_progress")).isZero();
  }

  private static double value(String scraped, String meter) {
    return scraped
        .lines()
        .filter(line -> line.startsWith(meter + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static double byolLoss(float[] q, float[] z) {
    double sum = 0;
    for (int row = 0; row < 2; row++) {
      double dot = 0;
      double qq = 0;
      double zz = 0;
      for (int j = row * 256; j < (row + 1) * 256; j++) {
        dot += (double) q[j] * z[j];
        qq += (double) q[j] * q[j];
        zz += (double) z[j] * z[j];
      }
      sum += dot / Math.sqrt(qq * zz);
    }
    return 2 - 2 * sum / 2;
  }

  @Test
  void searchesByVectorImageAndIdWithinOneVersion() throws IOException {
    assertThat(
            http.post("/search", "{\"id\":\"i1\"}".getBytes(StandardCharsets.UTF_8)).statusCode())
        .isEqualTo(503);
    List<PixelImage> images = ReleasedModels.images(6);
    float[][] vectors = features(obow, images);
    VectorIndex made =
        VectorIndex.open(
            dir.resolve("index"),
            new ModelVersion("model", 2),
            "log",
            SearchSettings.defaults(),
            0);
    for (int i = 0; i < 6; i++) {
      made.put(
          new IndexedVector(
              "i" + i,
              vectors[i],
              i < 3 ? "left" : "right",
              new TreeMap<>(Map.of("tenant", "t" + i % 2)),
              1000L * i,
              0,
              i));
    }
    made.refresh();
    index = made;

    JsonNode byId = search("{\"id\":\"i4\",\"k\":2}");
    assertThat(byId.path("version").asInt()).isEqualTo(2);
    assertThat(byId.path("neighbours").get(0).path("id").asText()).isEqualTo("i4");
    JsonNode filtered =
        search(
            "{\"id\":\"i4\",\"filter\":{\"source\":\"left\",\"from\":\"1970-01-01T00:00:01Z\"}}");
    assertThat(filtered.path("neighbours"))
        .extracting(n -> n.path("id").asText())
        .containsExactlyInAnyOrder("i1", "i2");
    JsonNode ofTenant = search("{\"id\":\"i4\",\"filter\":{\"tenant\":\"t1\",\"camera\":null}}");
    assertThat(ofTenant.path("neighbours"))
        .extracting(n -> n.path("headers").path("tenant").asText())
        .containsExactly("t1", "t1", "t1");
    HttpResponse<byte[]> ofTenantByImage =
        http.post("/search?k=1&tenant=t0", png(images.get(3)), "Content-Type", "image/png");
    assertThat(ServingHttp.json(ofTenantByImage).path("neighbours").get(0).path("id").asText())
        .isIn("i0", "i2", "i4");
    HttpResponse<byte[]> byImage =
        http.post("/search?k=1", png(images.get(3)), "Content-Type", "image/png");
    JsonNode nearest = ServingHttp.json(byImage).path("neighbours").get(0);
    assertThat(nearest.path("id").asText()).isEqualTo("i3");
    assertThat(nearest.path("cosine").asDouble()).isEqualTo(1, within(1e-4));

    assertThat(ServingHttp.json(byImage).has("vector")).isFalse();
    HttpResponse<byte[]> withVector =
        http.post("/search?k=1&withVector=true", png(images.get(3)), "Content-Type", "image/png");
    for (JsonNode asked :
        List.of(ServingHttp.json(withVector), search("{\"id\":\"i3\",\"withVector\":true}"))) {
      assertThat(asked.path("vector")).hasSize(vectors[3].length);
      for (int i = 0; i < vectors[3].length; i++) {
        assertThat(asked.path("vector").get(i).floatValue())
            .isCloseTo(vectors[3][i], within(1e-3f));
      }
    }

    ObjectNode query = ServingHttp.JSON.createObjectNode();
    ArrayNode vector = query.putArray("vector");
    for (float v : vectors[5]) {
      vector.add(v);
    }
    assertRefused(search0(query.toString()), 400, "version");
    query.put("version", 1);
    HttpResponse<byte[]> other = search0(query.toString());
    assertRefused(other, 409, "version");
    assertThat(text(other)).contains("model@1").contains("model@2");
    query.put("version", 2);
    assertThat(search(query.toString()).path("neighbours").get(0).path("id").asText())
        .isEqualTo("i5");
    query.put("version", "2"); // as the inference protocol writes it
    assertThat(search(query.toString()).path("version").asInt()).isEqualTo(2);
    query.put("version", "two");
    assertRefused(search0(query.toString()), 400, "version");
    assertRefused(search0("{\"id\":\"nobody\"}"), 404, "id");
    assertRefused(search0("{\"id\":\"i1\",\"k\":0}"), 400, "k");
    assertRefused(search0("{\"vector\":[1,2],\"version\":2}"), 400, "vector");
    assertRefused(search0("{\"image\":\"AAAA\"}"), 400, "image");
    assertRefused(search0("{\"id\":\"i1\",\"filter\":{\"from\":\"soon\"}}"), 400, "filter.from");
    HttpResponse<byte[]> unknown = search0("{\"id\":\"i1\",\"filter\":{\"tennant\":\"a\"}}");
    assertRefused(unknown, 400, "filter.tennant");
    assertThat(text(unknown))
        .contains(
            "expected source, from, until or a header of ingest.headers: ce_id, ce_subject, "
                + "traceparent, tracestate, tenant, camera");
    assertRefused(search0("{\"id\":\"i1\",\"filter\":{\"tenant\":1}}"), 400, "filter.tenant");
    assertRefused(
        http.post("/search?tennant=a", png(images.get(3)), "Content-Type", "image/png"),
        400,
        "tennant");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | inputs[0].datatype | {"inputs":[{"name":"images","shape":[1,3,16,16],"datatype":"INT64","data":[1]}]}
          400 | inputs[0].datatype | {"inputs":[{"name":"images","shape":[1],"datatype":"FP64","data":[1]}]}
          400 | inputs[0].data     | {"inputs":[{"name":"images","shape":[1,3,16,16],"datatype":"UINT8","data":[1]}]}
          400 | inputs[0].data     | {"inputs":[{"name":"images","shape":[1],"datatype":"UINT8","data":[256]}]}
          400 | inputs[0].data     | {"inputs":[{"name":"images","shape":[1],"datatype":"UINT8","data":[true]}]}
          400 | inputs[0].shape    | {"inputs":[{"name":"images","shape":[1,4],"datatype":"UINT8","data":[1,2,3,4]}]}
          400 | inputs[0].shape    | {"inputs":[{"name":"images","shape":[-1],"datatype":"UINT8","data":[]}]}
          400 | inputs[0].shape    | {"inputs":[{"name":"images","shape":[1,3,1,1],"datatype":"FP32","data":[1,1,1]}]}
          400 | inputs[0].data[0]  | {"inputs":[{"name":"images","shape":[1],"datatype":"BYTES","data":["AAAA"]}]}
          400 | inputs             | {"inputs":[]}
          400 | inputs             | {}
          400 | body               | {"inputs":
          400 | body               | []
          400 | inputs[0].name     | {"inputs":[{"name":"other","shape":[1],"datatype":"UINT8","data":[1]}]}
          400 | inputs[0].parameters.binary_data_size | {"inputs":[{"name":"images","shape":[1],"datatype":"UINT8","parameters":{"binary_data_size":1}}]}
          413 | inputs[0].shape    | {"inputs":[{"name":"images","shape":[9],"datatype":"BYTES","data":["","","","","","","","",""]}]}
          """)
  void wrongRequestsNameTheField(int status, String field, String body) {
    assertRefused(
        http.post("/v2/models/embed/infer", body.getBytes(StandardCharsets.UTF_8)), status, field);
  }

  @Test
  void refusesLargeBodiesBombsUnknownModelsAndVersions() throws IOException {
    assertRefused(http.post("/v2/models/embed/infer", new byte[(1 << 20) + 1]), 413, "body");
    assertRefused(
        http.send(
            http.to("/v2/models/embed/infer")
                .POST(
                    HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofByteArray(new byte[(1 << 20) + 1])))),
        413,
        "body");
    ObjectNode bomb = request();
    input(bomb, "images", "BYTES", 1)
        .add(Base64.getEncoder().encodeToString(pngHeader(60_000, 60_000)));
    HttpResponse<byte[]> refused =
        http.post("/v2/models/embed/infer", ServingHttp.JSON.writeValueAsBytes(bomb));
    assertRefused(refused, 400, "inputs[0].data[0]");
    assertThat(text(refused)).contains("60000");
    assertRefused(http.post("/v2/models/nothing/infer", pixels(1)), 404, "model");
    assertRefused(http.post("/v2/models/embed/versions/9/infer", pixels(1)), 404, "version");
    assertRefused(http.post("/v2/models/embed/versions/x/infer", pixels(1)), 404, "version");
    assertRefused(http.post("/v2/models/auxiliary/byol/infer", pixels(1)), 404, "model");
    assertRefused(http.send(http.to("/v2/repository/index")), 404, "path");
    assertRefused(http.post("/v2/models/embed", pixels(1)), 404, "path");
    assertRefused(http.send(http.to("/search")), 405, "method");

    String head = header("images", "FP32", 4 * 3 * SIDE * SIDE, 1, 3, SIDE, SIDE);
    ByteBuffer nan = ByteBuffer.allocate(4 * 3 * SIDE * SIDE).order(ByteOrder.LITTLE_ENDIAN);
    nan.putFloat(20, Float.NaN);
    assertRefused(
        http.post(
            "/v2/models/embed/infer",
            binary(head, nan.array()),
            "Inference-Header-Content-Length",
            "" + head.length()),
        400,
        "inputs[0].data");
    ByteBuffer bright = ByteBuffer.allocate(4 * 3 * SIDE * SIDE).order(ByteOrder.LITTLE_ENDIAN);
    bright.putFloat(20, 255);
    HttpResponse<byte[]> outside =
        http.post(
            "/v2/models/embed/infer",
            binary(head, bright.array()),
            "Inference-Header-Content-Length",
            "" + head.length());
    assertRefused(outside, 400, "inputs[0].data");
    assertThat(text(outside)).contains("255.0 at 5: expected 0.0 to 1.0").contains("UINT8");
    assertRefused(
        http.post(
            "/v2/models/embed/infer",
            binary(head, new byte[7]),
            "Inference-Header-Content-Length",
            "" + head.length()),
        400,
        "inputs[0].parameters.binary_data_size");
    assertRefused(
        http.post(
            "/v2/models/embed/infer",
            binary(head, new byte[4 * 3 * SIDE * SIDE + 1]),
            "Inference-Header-Content-Length",
            "" + head.length()),
        400,
        "body");
  }

  @Test
  void changingRoutesNeedTokenHostAndOrigin() throws IOException {
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("http-token"))))
        .isEqualTo("rw-------");
    String bearer = "Bearer " + http.token;
    byte[] id = "{\"id\":\"a@b\"}".getBytes(StandardCharsets.UTF_8);
    assertRefused(http.post("/api/forget", id), 401, "Authorization");
    assertRefused(
        http.post("/api/forget", id, "Authorization", "Bearer wrong"), 401, "Authorization");
    assertRefused(
        http.post(
            "/api/forget", id, "Authorization", bearer, "Origin", "https://elsewhere.example"),
        403,
        "Origin");
    assertThat(rawPost("/api/releases/rollback", "Host: evil.example", "Authorization: " + bearer))
        .startsWith("HTTP/1.1 403");
    assertThat(http.acts).isEmpty();

    assertThat(http.post("/api/forget", id, "Authorization", bearer).statusCode()).isEqualTo(200);
    assertThat(
            http.post(
                    "/api/releases/1/promote",
                    new byte[0],
                    "Authorization",
                    bearer,
                    "Origin",
                    "http://localhost:8470")
                .statusCode())
        .isEqualTo(200);
    http.post(
        "/api/releases/2/reject",
        "{\"why\":\"blurred\"}".getBytes(StandardCharsets.UTF_8),
        "Authorization",
        bearer);
    http.post("/api/releases/rollback", new byte[0], "Authorization", bearer);
    assertThat(http.acts)
        .containsExactly("forget a@b", "promote 1", "reject 2 blurred", "rollback");
    assertRefused(
        http.post("/api/releases/9/promote", new byte[0], "Authorization", bearer), 409, "version");
    JsonNode list = ServingHttp.json(http.send(http.to("/api/releases")));
    assertThat(list).hasSize(2);
    assertThat(list.get(1).path("serves").asBoolean()).isTrue();
  }

  @Test
  void moreAtOnceThanAllowedIsTooMany() throws Exception {
    var answers = new ArrayList<CompletableFuture<Integer>>();
    byte[] body = pixels(8);
    for (int i = 0; i < 40; i++) {
      answers.add(
          http.client
              .sendAsync(
                  http.to("/v2/models/embed/infer")
                      .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .thenApply(HttpResponse::statusCode));
    }
    List<Integer> codes = answers.stream().map(CompletableFuture::join).toList();
    assertThat(codes).contains(200).isSubsetOf(200, 429);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> http.post("/v2/models/embed/infer", pixels(1)).statusCode() == 200);
  }

  private static String rawPost(String path, String... headers) throws IOException {
    var address = java.net.URI.create(http.address());
    try (var socket = new java.net.Socket(address.getHost(), address.getPort())) {
      String request =
          "POST "
              + path
              + " HTTP/1.1\r\n"
              + String.join("\r\n", headers)
              + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void assertRefused(HttpResponse<byte[]> answer, int status, String field) {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(status);
    JsonNode error = ServingHttp.json(answer);
    assertThat(error.path("field").asText()).as(text(answer)).isEqualTo(field);
    assertThat(error.path("error").asText()).isNotEmpty();
  }

  private static HttpResponse<byte[]> search0(String body) {
    return http.post("/search", body.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode search(String body) {
    HttpResponse<byte[]> answer = search0(body);
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    return ServingHttp.json(answer);
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static float[][] features(ReleaseManifest manifest, List<PixelImage> images)
      throws IOException {
    try (Engine engine = ServingHttp.engine();
        LoadedRelease release = new ReleaseReader(http.releases).load(manifest, engine);
        var scope = engine.scope()) {
      Tensor x = new EvalView(manifest.preprocessing()).of(engine, images);
      try (var out = release.network().forward(x, Mode.EVAL, false)) {
        float[] all = out.output().toFloats();
        int dim = all.length / images.size();
        float[][] rows = new float[images.size()][dim];
        for (int i = 0; i < rows.length; i++) {
          double squares = 0;
          for (int j = 0; j < dim; j++) {
            squares += (double) all[i * dim + j] * all[i * dim + j];
          }
          for (int j = 0; j < dim; j++) {
            rows[i][j] = (float) (all[i * dim + j] / Math.sqrt(squares));
          }
        }
        return rows;
      }
    }
  }

  private static ObjectNode request() {
    return ServingHttp.JSON.createObjectNode();
  }

  private static ArrayNode input(ObjectNode request, String name, String datatype, int... shape) {
    ObjectNode tensor = request.withArray("inputs").addObject();
    tensor.put("name", name).put("datatype", datatype);
    ArrayNode lengths = tensor.putArray("shape");
    for (int length : shape) {
      lengths.add(length);
    }
    return tensor.putArray("data");
  }

  /** A JSON request with n images of pixels. */
  static byte[] pixels(int n) {
    ObjectNode request = request();
    ArrayNode data = input(request, "images", "UINT8", n, 3, SIDE, SIDE);
    for (byte b : planar(ReleasedModels.images(n))) {
      data.add(b & 0xFF);
    }
    return request.toString().getBytes(StandardCharsets.UTF_8);
  }

  static String header(String name, String datatype, int bytes, int... shape) {
    ObjectNode request = request();
    request.put("id", "mine");
    request.putObject("parameters").put("binary_data_output", true);
    input(request, name, datatype, shape);
    ObjectNode tensor = (ObjectNode) request.path("inputs").get(0);
    tensor.remove("data");
    tensor.putObject("parameters").put("binary_data_size", bytes);
    return request.toString();
  }

  static byte[] binary(String header, byte[] tensor) throws IOException {
    var out = new ByteArrayOutputStream();
    out.write(header.getBytes(StandardCharsets.UTF_8));
    out.write(tensor);
    return out.toByteArray();
  }

  static byte[] planar(List<PixelImage> images) {
    int plane = SIDE * SIDE;
    byte[] out = new byte[images.size() * 3 * plane];
    for (int i = 0; i < images.size(); i++) {
      for (int p = 0; p < plane; p++) {
        for (int c = 0; c < 3; c++) {
          out[(3 * i + c) * plane + p] = images.get(i).rgb()[3 * p + c];
        }
      }
    }
    return out;
  }

  private static float[] floats(JsonNode output) {
    float[] out = new float[output.path("data").size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) output.path("data").get(i).asDouble();
    }
    return out;
  }

  private static JsonNode output(JsonNode answer, String name) {
    for (JsonNode output : answer.path("outputs")) {
      if (output.path("name").asText().equals(name)) {
        return output;
      }
    }
    throw new AssertionError("no output " + name + " in " + answer);
  }

  private static float[] gaussians(int n) {
    var random = new Random(5);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  static byte[] png(PixelImage image) throws IOException {
    var buffered = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < SIDE * SIDE; p++) {
      int rgb = 0;
      for (int c = 0; c < 3; c++) {
        rgb = rgb << 8 | image.rgb()[3 * p + c] & 0xFF;
      }
      buffered.setRGB(p % SIDE, p / SIDE, rgb);
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(buffered, "png", out);
    return out.toByteArray();
  }

  /** A small file that says it is a very large image. */
  private static byte[] pngHeader(int width, int height) throws IOException {
    byte[] png = png(ReleasedModels.images(1).get(0));
    ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
    var crc = new java.util.zip.CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    return png;
  }
}
