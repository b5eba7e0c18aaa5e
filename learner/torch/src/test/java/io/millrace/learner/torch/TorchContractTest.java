package io.millrace.learner.torch;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.LayerContract;
import io.millrace.learner.tensor.NetworkContract;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.EngineContracts;
import org.junit.jupiter.api.Nested;

/** Every contract on libtorch, and those of the port on channels-last images. */
class TorchContractTest extends EngineContracts {
  @Override
  public Engine open(Precision precision) {
    return Engines.open("torch", new EngineOptions("cpu", precision, false, 1));
  }

  @Override
  public Engine openThreaded(Precision precision) {
    return TestEngines.cpu(precision);
  }

  @Nested
  class ChannelsLastLayers extends LayerContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.channelsLast(precision);
    }
  }

  @Nested
  class ChannelsLastNetworks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.channelsLast(precision);
    }
  }

  @Nested
  class OneThreadChannelsLastNetworks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return Engines.open("torch", new EngineOptions("cpu", precision, true, 1));
    }
  }
}
