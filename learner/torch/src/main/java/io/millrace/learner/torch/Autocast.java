package io.millrace.learner.torch;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs convolutions and matrix products in bfloat16 until closed, where the engine is asked to.
 * Without autocast's cache of converted weights: it would have to be cleared whenever a weight
 * changes, and one forward pass uses each weight once.
 */
final class Autocast implements AutoCloseable {
  private final boolean on;
  private final DeviceType type;
  private final boolean before;
  private final boolean cachedBefore;

  Autocast(TorchContext context) {
    on = context.halfPrecision();
    type = context.device().type();
    before = on && torch.is_autocast_enabled(type);
    cachedBefore = on && torch.is_autocast_cache_enabled();
    if (on) {
      torch.set_autocast_dtype(type, ScalarType.BFloat16);
      torch.set_autocast_enabled(type, true);
      torch.set_autocast_cache_enabled(false);
    }
  }

  @Override
  public void close() {
    if (on) {
      torch.set_autocast_enabled(type, before);
      torch.set_autocast_cache_enabled(cachedBefore);
    }
  }
}
