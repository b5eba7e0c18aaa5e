package io.millrace.ingest.topology;

import io.millrace.ingest.claim.FetchOutcome;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.image.ImageFormat;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Propagation;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Validates each raw record once: a tombstone, accepted or rejected, with the contract's headers.
 * Exactly one record comes out for any bytes, and it fits the topic it goes to.
 */
final class ImageValidator extends ContextualProcessor<byte[], byte[], byte[], ValidatedImage> {
  private static final Logger log = LoggerFactory.getLogger(ImageValidator.class);
  private static final int LONGEST_KEY = 4096;
  private static final int LONGEST_DETAIL = 1000;
  private static final String NO_SOURCE = "(none)";
  private static final byte[] NO_BYTES = {};

  private final DecodeFunction decoder;
  private final MessageLimits limits;
  private final Propagation propagation;
  private final IngestMetrics metrics;
  private final Set<String> warned = new HashSet<>();
  private final @Nullable Claims claims;
  private @Nullable ClaimQueue claimed;
  private @Nullable RecordMetadata claimsOrigin;
  private ImageTracer.Span span = ImageTracer.Span.NONE;

  ImageValidator(
      DecodeFunction decoder,
      MessageLimits limits,
      Propagation propagation,
      IngestMetrics metrics,
      @Nullable Claims claims) {
    this.decoder = decoder;
    this.limits = limits;
    this.propagation = propagation;
    this.metrics = metrics;
    this.claims = claims;
  }

  @Override
  public void init(ProcessorContext<byte[], ValidatedImage> context) {
    super.init(context);
    if (claims != null) {
      claimed = new ClaimQueue(claims, context, metrics, this::validateClaimed);
    }
  }

  @Override
  public void process(Record<byte[], byte[]> raw) {
    byte[] key = raw.key() == null || raw.key().length == 0 ? null : raw.key();
    boolean longKey = key != null && key.length > LONGEST_KEY;
    if (longKey || claimed == null || !claimed.takes(raw, key)) {
      traced(raw, () -> validate(raw, key));
    }
  }

  private void validate(Record<byte[], byte[]> raw, byte @Nullable [] key) {
    long begin = System.nanoTime();
    byte[] bytes = raw.value();
    if (key != null && key.length > LONGEST_KEY) {
      String detail = "a key of " + key.length + " bytes: expected at most " + LONGEST_KEY;
      reject(raw, RejectionReason.TOO_LARGE, detail, begin);
    } else if (bytes == null) {
      forget(raw, key, begin);
    } else if (bytes.length > limits.imageCap()) {
      String detail = bytes.length + " bytes: expected at most " + limits.imageCap();
      reject(raw, RejectionReason.TOO_LARGE, detail, begin);
    } else {
      validate(raw, key, bytes, begin);
    }
  }

  /** A claim whose fetch ended, long after its record was read. */
  private void validateClaimed(
      Record<byte[], byte[]> claim, RecordMetadata origin, FetchOutcome fetched) {
    long begin = System.nanoTime();
    claimsOrigin = origin;
    byte[] bytes = fetched.bytes();
    RejectionReason reason = fetched.reason();
    traced(
        claim,
        () -> {
          if (reason != null) {
            reject(claim, reason, fetched.detail(), begin);
          } else if (bytes != null) {
            validate(claim, claim.key(), bytes, begin);
          }
        });
    claimsOrigin = null;
  }

  private void traced(Record<byte[], byte[]> raw, Runnable validation) {
    span = propagation.tracer().begin(ImageTracer.Step.INGEST, raw.key(), raw.headers());
    try {
      validation.run();
    } finally {
      span.close();
    }
  }

  private void validate(
      Record<byte[], byte[]> raw, byte @Nullable [] key, byte[] bytes, long begin) {
    AcceptedImage checked = check(bytes);
    DecodeOutcome outcome = checked.outcome();
    if (outcome instanceof DecodeOutcome.Decoded decoded) {
      decoded.leniencies().forEach(metrics::lenient);
      accept(raw, key, bytes, checked, decoded.image(), begin);
    } else if (outcome instanceof DecodeOutcome.Rejected rejected) {
      reject(raw, rejected.reason(), rejected.detail(), begin);
    }
  }

  private AcceptedImage check(byte[] bytes) {
    try {
      return decoder.accept(bytes);
    } catch (RuntimeException | StackOverflowError e) {
      RecordMetadata origin = origin();
      log.warn(
          "the decoder failed at {}-{} offset {}: rejected",
          origin.topic(),
          origin.partition(),
          origin.offset(),
          e);
      return new AcceptedImage(
          new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "the decoder failed: " + e),
          null,
          0,
          0);
    }
  }

  private void forget(Record<byte[], byte[]> raw, byte @Nullable [] key, long begin) {
    if (key == null) {
      reject(raw, RejectionReason.EMPTY, "neither key nor value", begin);
      return;
    }
    metrics.forgotten();
    forward(raw, key, headersOf(raw), new ValidatedImage(null, null, source(raw), 0, 0, 0));
  }

  private void accept(
      Record<byte[], byte[]> raw,
      byte @Nullable [] key,
      byte[] bytes,
      AcceptedImage accepted,
      PixelImage image,
      long begin) {
    String sha256 = ContentHash.sha256(bytes);
    byte[] id = key != null ? key : sha256.getBytes(StandardCharsets.UTF_8);
    byte[] value = Objects.requireNonNull(accepted.value());
    Headers headers = headersOf(raw);
    HeaderText.set(headers, ImageHeaders.WIDTH, String.valueOf(image.width()));
    HeaderText.set(headers, ImageHeaders.HEIGHT, String.valueOf(image.height()));
    if (value == bytes) {
      HeaderText.set(headers, ImageHeaders.SHA256, sha256);
    } else {
      HeaderText.set(headers, ImageHeaders.SHA256, ContentHash.sha256(value));
      HeaderText.set(headers, ImageHeaders.CONTENT_TYPE, ImageFormat.of(value).mediaType());
      HeaderText.set(headers, ImageHeaders.ORIGINAL_SHA256, sha256);
      HeaderText.set(headers, ImageHeaders.ORIGINAL_BYTES, String.valueOf(bytes.length));
      HeaderText.set(headers, ImageHeaders.ORIGINAL_WIDTH, String.valueOf(accepted.width()));
      HeaderText.set(headers, ImageHeaders.ORIGINAL_HEIGHT, String.valueOf(accepted.height()));
    }
    long size = MessageLimits.recordBytes(id, value, headers);
    if (size > limits.accepted()) {
      String detail =
          "%d bytes with its key and headers: expected at most %d"
              .formatted(size, limits.accepted());
      reject(raw, RejectionReason.TOO_LARGE, detail, begin);
      return;
    }
    metrics.accepted(bytes.length, System.nanoTime() - begin);
    int width = accepted.width();
    int height = accepted.height();
    forward(
        raw,
        id,
        headers,
        new ValidatedImage(value, null, source(raw), bytes.length, width, height));
  }

  private void reject(
      Record<byte[], byte[]> raw, RejectionReason reason, String detail, long begin) {
    byte[] bytes = raw.value() == null ? NO_BYTES : raw.value();
    // All of them: what was wrong may be in them, and nobody reads this topic but to find out.
    Headers headers = new RecordHeaders(raw.headers());
    setOrigin(headers);
    byte[] key =
        raw.key() == null || raw.key().length == 0 || raw.key().length > LONGEST_KEY
            ? ContentHash.sha256(bytes).getBytes(StandardCharsets.UTF_8)
            : raw.key();
    explain(headers, reason, detail);
    byte[] kept = bytes;
    // A compressed batch may hold far more than the limits, which count compressed bytes.
    if (MessageLimits.recordBytes(key, kept, headers) > limits.rejected()) {
      kept = NO_BYTES;
      explain(headers, reason, detail + "; its " + bytes.length + " bytes stay at the origin");
    }
    if (MessageLimits.recordBytes(key, kept, headers) > limits.rejected()) {
      headers = new RecordHeaders();
      setOrigin(headers);
      explain(headers, reason, detail + "; its bytes and headers stay at the origin");
    }
    span.failed(reason + ": " + detail);
    metrics.rejected(reason, bytes.length, System.nanoTime() - begin);
    forward(raw, key, headers, new ValidatedImage(kept, reason, source(raw), bytes.length, 0, 0));
  }

  private static void explain(Headers headers, RejectionReason reason, String detail) {
    HeaderText.set(headers, ImageHeaders.REASON, reason.name());
    HeaderText.set(
        headers,
        ImageHeaders.DETAIL,
        detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) : detail);
  }

  /** The headers of an image that goes on. */
  private Headers headersOf(Record<byte[], byte[]> raw) {
    Headers headers = new RecordHeaders();
    for (String name : ImageHeaders.CLOUD_EVENT) {
      Header header = raw.headers().lastHeader(name);
      if (header != null) {
        headers.add(header);
      }
    }
    propagation.headers().copy(raw.headers(), headers, this::dropped);
    span.continueIn(headers);
    setOrigin(headers);
    return headers;
  }

  private void dropped(String name, String why) {
    metrics.headerDropped();
    if (warned.add(name)) {
      RecordMetadata origin = origin();
      log.warn(
          "header {} stays behind at {}-{} offset {}, as others will that are like it: {}",
          name,
          origin.topic(),
          origin.partition(),
          origin.offset(),
          why);
    }
  }

  private void setOrigin(Headers headers) {
    RecordMetadata origin = origin();
    HeaderText.set(headers, ImageHeaders.ORIGIN_TOPIC, origin.topic());
    HeaderText.set(headers, ImageHeaders.ORIGIN_PARTITION, String.valueOf(origin.partition()));
    HeaderText.set(headers, ImageHeaders.ORIGIN_OFFSET, String.valueOf(origin.offset()));
  }

  private RecordMetadata origin() {
    if (claimsOrigin != null) {
      return claimsOrigin;
    }
    return context()
        .recordMetadata()
        .orElseThrow(() -> new IllegalStateException("a raw record without an origin"));
  }

  private static String source(Record<byte[], byte[]> raw) {
    String source = HeaderText.get(raw.headers(), ImageHeaders.CE_SOURCE);
    return source == null ? NO_SOURCE : source;
  }

  private void forward(
      Record<byte[], byte[]> raw, byte[] id, Headers headers, ValidatedImage image) {
    context().forward(raw.withKey(id).withValue(image).withHeaders(headers));
  }

  @Override
  public void close() {
    if (claimed != null) {
      claimed.close();
    }
  }
}
