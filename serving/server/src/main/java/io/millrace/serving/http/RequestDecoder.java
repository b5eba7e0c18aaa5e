package io.millrace.serving.http;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes the images of requests, on threads and under limits of their own, so that what a client
 * sends holds up neither the stream's images nor the process: a reader that hangs costs its thread,
 * and where as many hang as may decode at once, further images are refused until one comes back.
 */
public final class RequestDecoder implements Function<byte[], DecodeOutcome>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RequestDecoder.class);
  private static final int LARGEST_SIDE = 65_535;

  private final ImageDecoder decoder;
  private final AcceptImages accept;
  private final int mostHung;

  /** A decoder for these routes that shrinks nothing. */
  public RequestDecoder(ApiSettings settings) {
    this(settings, AcceptSettings.defaults().withMaxSide(0));
  }

  /**
   * A decoder for these routes.
   *
   * @param stream what ingest does to an image, so that a request's looks as the stream's do
   */
  public RequestDecoder(ApiSettings settings, AcceptSettings stream) {
    RequestImageSettings image = settings.image();
    mostHung = image.decoders();
    decoder =
        new ImageDecoder(
            new DecodeLimits(
                settings.maxBodyBytes(),
                1,
                LARGEST_SIDE,
                image.maxPixels(),
                image.maxScans(),
                image.timeLimit(),
                // By the clock, no longer than the request itself may take.
                longer(image.timeLimit(), settings.requestTimeout()),
                // Never on the thread that answers.
                0,
                mostHung),
            (hung, restartNeeded) ->
                log.warn("{} decoders of request images hang; refused from {} on", hung, mostHung));
    accept = new AcceptImages(decoder, stream);
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? b : a;
  }

  @Override
  public DecodeOutcome apply(byte[] bytes) {
    if (decoder.hungThreads() >= mostHung) {
      throw new ApiError(
          503, null, mostHung + " decoders hang: images are refused until one of them ends");
    }
    return accept.decode(bytes);
  }

  /** Threads now lost to readers that ignored their abort. */
  public int hungThreads() {
    return decoder.hungThreads();
  }

  @Override
  public void close() {
    decoder.close();
  }
}
