package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests as clients write them: compressed, with nulls, line ends and capitals; and bombs. */
class ServingRequestsTest {
  private static final String EMBED = "/v2/models/embed/infer";

  @TempDir static Path dir;
  private static ServingHttp http;
  private static VectorIndex index;

  @BeforeAll
  static void serve() throws IOException {
    http = new ServingHttp(dir, ApiSettings.defaults(), () -> index);
    int dim = http.release("byol").featureDim();
    index =
        VectorIndex.open(
            dir.resolve("index"),
            new ModelVersion(ReleasedModels.MODEL, 1),
            "log",
            SearchSettings.defaults(),
            0);
    for (int i = 0; i < 20; i++) {
      float[] features = new float[dim];
      features[0] = 1;
      features[1] = i;
      index.put(
          new IndexedVector(
              "i" + i, Objects.requireNonNull(Embedding.of(features)).vector(), "s", i));
    }
    index.refresh();
  }

  @AfterAll
  static void stop() throws IOException {
    http.close();
    index.close();
  }

  @Test
  void bodiesMayComeCompressed() throws IOException {
    byte[] plain = ServingApiTest.pixels(2);
    byte[] answer = http.post(EMBED, plain).body();
    for (String encoding : List.of("gzip", "GZip", "x-gzip", "deflate", "identity")) {
      byte[] packed =
          encoding.equals("identity") ? plain : packed(plain, encoding.toLowerCase(Locale.ROOT));
      HttpResponse<byte[]> same = http.post(EMBED, packed, "Content-Encoding", encoding);
      assertThat(same.statusCode()).as(encoding + " " + text(same)).isEqualTo(200);
      assertThat(same.body()).as(encoding).isEqualTo(answer);
    }
    assertThat(http.post(EMBED, packed(plain, "raw"), "Content-Encoding", "deflate").body())
        .as("deflate without zlib's header")
        .isEqualTo(answer);
    String head = ServingApiTest.header("images", "UINT8", 768, 1, 3, 16, 16);
    byte[] binary = ServingApiTest.binary(head, ServingApiTest.planar(ReleasedModels.images(1)));
    HttpResponse<byte[]> inflated =
        http.post(
            EMBED,
            packed(binary, "gzip"),
            "Content-Encoding",
            "gzip",
            "Inference-Header-Content-Length",
            "" + head.length());
    assertThat(inflated.statusCode()).as("the length is that of the inflated JSON").isEqualTo(200);
  }

  @Test
  void bombsAndWhatIsNotCompressedAreRefused() throws IOException {
    byte[] zeros = new byte[ApiSettings.defaults().maxBodyBytes() + 1];
    for (String encoding : List.of("gzip", "deflate")) {
      byte[] bomb = packed(zeros, encoding);
      assertThat(bomb.length).isLessThan(100_000);
      assertRefused(http.post(EMBED, bomb, "Content-Encoding", encoding), 413, "api.maxBodyBytes");
    }
    byte[] plain = ServingApiTest.pixels(1);
    byte[] packed = packed(plain, "gzip");
    byte[] cut = java.util.Arrays.copyOf(packed, packed.length / 2);
    assertRefused(http.post(EMBED, plain, "Content-Encoding", "gzip"), 400, "Content-Encoding");
    assertRefused(http.post(EMBED, cut, "Content-Encoding", "gzip"), 400, "too soon");
    assertRefused(http.post(EMBED, plain, "Content-Encoding", "br"), 415, "gzip, deflate");
    assertRefused(http.post(EMBED, plain, "Content-Encoding", "gzip, gzip"), 415, "gzip, gzip");
  }

  private static byte[] packed(byte[] plain, String encoding) throws IOException {
    var out = new ByteArrayOutputStream();
    try (OutputStream to =
        switch (encoding) {
          case "deflate" -> new DeflaterOutputStream(out);
          case "raw" -> new DeflaterOutputStream(out, new Deflater(6, true));
          default -> new GZIPOutputStream(out);
        }) {
      to.write(plain);
    }
    return out.toByteArray();
  }

  @Test
  void nullStandsForAbsent() {
    String image = Base64.getEncoder().encodeToString(png(16));
    for (String body :
        List.of(
            "{\"id\":\"i3\",\"vector\":null,\"image\":null,\"version\":null,\"k\":null,"
                + "\"filter\":null,\"exact\":null}",
            "{\"id\":\"i3\",\"filter\":{\"source\":null,\"from\":null,\"until\":null}}",
            "{\"id\":null,\"image\":\"" + image + "\"}")) {
      HttpResponse<byte[]> answer = search(body);
      assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
      assertThat(ServingHttp.json(answer).path("neighbours")).hasSize(10);
    }
    assertRefused(search("{\"id\":null}"), 400, "has 0 of vector, image and id");
    assertRefused(search("{\"ID\":null}"), 400, "unknown");
    String infer = new String(ServingApiTest.pixels(1), StandardCharsets.UTF_8);
    String withNulls =
        infer.replaceFirst("\\{\"name\"", "{\"parameters\":null,\"other\":null,\"name\"");
    withNulls = "{\"id\":null,\"outputs\":null,\"parameters\":null," + withNulls.substring(1);
    HttpResponse<byte[]> answer = http.post(EMBED, utf8(withNulls));
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    assertRefused(http.post(EMBED, utf8("{\"inputs\":null}")), 400, "inputs are missing");
    HttpResponse<byte[]> rejected =
        http.post(
            "/api/releases/1/reject",
            utf8("{\"why\":null}"),
            "Authorization",
            "Bearer " + http.token);
    assertThat(rejected.statusCode()).isEqualTo(200);
    assertThat(http.acts).contains("reject 1 rejected over HTTP");
  }

  @Test
  void base64MayHaveLineEndsAndMediaTypesAnyCase() {
    byte[] png = png(64);
    String lines = Base64.getMimeEncoder(76, new byte[] {'\r', '\n'}).encodeToString(png);
    assertThat(lines).contains("\r\n");
    HttpResponse<byte[]> broken = search("{\"image\":\"" + lines.replace("\r\n", "\\r\\n") + "\"}");
    assertThat(broken.statusCode()).as(text(broken)).isEqualTo(200);
    String forUrls = Base64.getUrlEncoder().withoutPadding().encodeToString(png);
    String plain = Base64.getEncoder().encodeToString(png);
    for (String image : List.of(forUrls, plain, "data:image/png;base64," + plain)) {
      HttpResponse<byte[]> answer = search("{\"image\":\"" + image + "\"}");
      assertThat(answer.body()).as(text(answer)).isEqualTo(broken.body());
    }
    assertRefused(search("{\"image\":\"!!!!\"}"), 400, "not base64");
    assertRefused(search("{\"image\":\"data:image/png,x\"}"), 400, "not base64");
    for (String type : List.of("image/png", "IMAGE/PNG", "Image/Png; q=1", "image/x-whatever")) {
      HttpResponse<byte[]> answer = http.post("/search?k=3", png, "Content-Type", type);
      assertThat(answer.statusCode()).as(type + text(answer)).isEqualTo(200);
      assertThat(answer.body())
          .as(type)
          .isEqualTo(http.post("/search?k=3", png, "Content-Type", "image/png").body());
    }
  }

  @Test
  void bombsOfPixelsAndScansAreRefusedAtOnceHoweverManyCome() throws IOException {
    byte[] pixels = png(5792);
    assertThat(pixels.length).isLessThan(200_000);
    byte[] scans = manyScans();
    var answers = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
    for (int i = 0; i < 10; i++) {
      byte[] bomb = i % 2 == 0 ? pixels : scans;
      answers.add(
          CompletableFuture.supplyAsync(
              () -> http.post("/search", bomb, "Content-Type", "image/jpeg")));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertRefused(answers.get(i).join(), 400, i % 2 == 0 ? "TOO_MANY_PIXELS" : "TOO_MANY_SCANS");
    }
    assertThat(http.post("/search", png(64), "Content-Type", "image/png").statusCode())
        .isEqualTo(200);
  }

  /** A progressive JPEG whose last scan comes thirty times. */
  private static byte[] manyScans() throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    var out = new ByteArrayOutputStream();
    try (var to = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(to);
      writer.write(
          null,
          new IIOImage(new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB), null, null),
          parameters);
    } finally {
      writer.dispose();
    }
    byte[] jpeg = out.toByteArray();
    int last = jpeg.length - 2;
    while (!((jpeg[last] & 0xFF) == 0xFF && (jpeg[last + 1] & 0xFF) == 0xDA)) {
      last--;
    }
    var all = new ByteArrayOutputStream();
    all.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < 30; i++) {
      all.write(jpeg, last, jpeg.length - 2 - last);
    }
    all.write(jpeg, jpeg.length - 2, 2);
    return all.toByteArray();
  }

  private static byte[] png(int side) {
    int type = side > 1000 ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_INT_RGB;
    var image = new BufferedImage(side, side, type);
    for (int i = 0; i < Math.min(side, 64); i++) {
      image.setRGB(i, (i * i) % 16, 0xFFFFFF);
    }
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static HttpResponse<byte[]> search(String body) {
    return http.post("/search", utf8(body));
  }

  private static void assertRefused(HttpResponse<byte[]> answer, int status, String words) {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(status);
    assertThat(ServingHttp.json(answer).path("error").asText()).contains(words);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
