package io.millrace.serving.http;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.serving.auxloss.DenseArray;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Images of a request as a network's input: encoded (BYTES [n]), pixels of any size (UINT8 [n, 3,
 * height, width]), or ready ones from 0 to 1 (FP32 [n, 3, side, side]).
 */
final class ImageInputs {
  /** Name of the input. */
  static final String INPUT = "images";

  private final Function<byte[], DecodeOutcome> decoder;
  private final ApiSettings settings;
  private final Semaphore decoders;

  /**
   * @param decoder guards against decompression bombs; called by several threads
   */
  ImageInputs(Function<byte[], DecodeOutcome> decoder, ApiSettings settings) {
    this.decoder = decoder;
    this.settings = settings;
    this.decoders = new Semaphore(settings.image().decoders(), true);
  }

  /** Normalized pixels [n, 3, side, side]; stops between two images when the time is over. */
  DenseArray view(InferTensor images, Preprocessing preprocessing, RequestContext request) {
    List<Long> shape = images.shape();
    if (shape.isEmpty()) {
      throw ApiError.bad(images.field() + ".shape", "is []: expected a batch");
    }
    if (shape.get(0) > settings.maxBatch()) {
      throw ApiError.large(
          images.field() + ".shape",
          "is " + shape + ": expected at most " + settings.maxBatch() + " images (api.maxBatch)");
    }
    int n = (int) (long) shape.get(0);
    if (images.blobs() != null) {
      return encoded(images, n, preprocessing, request);
    }
    requirePixels(images);
    return images.unsigned() != null
        ? pixels(images, n, preprocessing, request)
        : ready(images, preprocessing);
  }

  /** One encoded image as a network's input. */
  float[] view(byte[] encoded, String field, Preprocessing preprocessing, RequestContext request) {
    return new EvalView(preprocessing).of(decode(encoded, field, request));
  }

  /** Each image waits for its turn, so that a request with many goes in turns with others. */
  private PixelImage decode(byte[] encoded, String field, RequestContext request) {
    DecodeOutcome outcome;
    try {
      if (!decoders.tryAcquire(Math.max(0, request.nanosLeft()), TimeUnit.NANOSECONDS)) {
        throw request.over();
      }
      try {
        outcome = decoder.apply(encoded);
      } finally {
        decoders.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiError(503, null, "this process is stopping");
    }
    if (outcome instanceof DecodeOutcome.Decoded decoded) {
      return decoded.image();
    }
    DecodeOutcome.Rejected rejected = (DecodeOutcome.Rejected) outcome;
    throw ApiError.bad(field, "is refused: " + rejected.reason() + ", " + rejected.detail());
  }

  private DenseArray encoded(
      InferTensor images, int n, Preprocessing preprocessing, RequestContext request) {
    List<byte[]> blobs = Objects.requireNonNull(images.blobs());
    if (images.shape().size() != 1) {
      throw ApiError.bad(
          images.field() + ".shape", "is " + images.shape() + ": expected [images] of BYTES");
    }
    var view = new EvalView(preprocessing);
    return batch(
        n,
        preprocessing,
        request,
        i -> view.of(decode(blobs.get(i), images.field() + ".data[" + i + "]", request)));
  }

  private DenseArray pixels(
      InferTensor images, int n, Preprocessing preprocessing, RequestContext request) {
    byte[] all = Objects.requireNonNull(images.unsigned());
    int height = (int) (long) images.shape().get(2);
    int width = (int) (long) images.shape().get(3);
    int plane = height * width;
    var view = new EvalView(preprocessing);
    return batch(
        n,
        preprocessing,
        request,
        i -> {
          byte[] rgb = new byte[3 * plane];
          for (int c = 0; c < 3; c++) {
            int from = (3 * i + c) * plane;
            for (int p = 0; p < plane; p++) {
              rgb[3 * p + c] = all[from + p];
            }
          }
          return view.of(new PixelImage(width, height, rgb));
        });
  }

  private static DenseArray ready(InferTensor images, Preprocessing preprocessing) {
    float[] in = Objects.requireNonNull(images.numbers());
    long side = preprocessing.size();
    if (images.shape().get(2) != side || images.shape().get(3) != side) {
      throw ApiError.bad(
          images.field() + ".shape",
          "is " + images.shape() + ": expected [images, 3, " + side + ", " + side + "] of FP32");
    }
    images.requireFinite(in);
    images.requireWithin(in, 0, 1);
    int plane = (int) (side * side);
    float[] out = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      int c = i / plane % 3;
      out[i] = (float) ((in[i] - preprocessing.mean().get(c)) / preprocessing.std().get(c));
    }
    return new DenseArray(images.shape(), out);
  }

  private void requirePixels(InferTensor images) {
    List<Long> shape = images.shape();
    if (shape.size() != 4 || shape.get(1) != 3) {
      throw ApiError.bad(
          images.field() + ".shape", "is " + shape + ": expected [images, 3, height, width]");
    }
    if (shape.get(2) > settings.maxSide() || shape.get(3) > settings.maxSide()) {
      throw ApiError.large(
          images.field() + ".shape",
          "is " + shape + ": expected sides of at most " + settings.maxSide() + " (api.maxSide)");
    }
  }

  private interface Input {
    float[] of(int image);
  }

  private DenseArray batch(
      int n, Preprocessing preprocessing, RequestContext request, Input input) {
    int side = preprocessing.size();
    int one = 3 * side * side;
    // Small files can become large inputs: a request's input has no more numbers than bytes may
    // come.
    if ((long) n * one > settings.maxBodyBytes()) {
      throw ApiError.large(
          INPUT,
          "are "
              + n
              + " of side "
              + side
              + ": expected at most "
              + settings.maxBodyBytes() / one
              + " for one request");
    }
    float[] all = new float[n * one];
    for (int i = 0; i < n; i++) {
      request.check();
      System.arraycopy(input.of(i), 0, all, i * one, one);
    }
    return new DenseArray(List.of((long) n, 3L, (long) side, (long) side), all);
  }
}
