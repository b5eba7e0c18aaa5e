package io.millrace.ops.node;

import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.membership.Identity;
import io.millrace.learner.membership.RendezvousFolder;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.config.BuildVersion;
import io.millrace.ops.config.MillraceConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/**
 * What a learner process tells the others of itself. Two whose build, method, settings or shared
 * folder differ would not learn one model, and never get into one group.
 */
final class GroupIdentity {
  private GroupIdentity() {}

  /**
   * The identity under a configuration.
   *
   * @param backend what carries the exchange here
   * @throws IOException where the rendezvous folder can't be written to
   */
  static Identity of(
      MillraceConfig config, EngineInfo engine, GroupBackend backend, InstantSource clock)
      throws IOException {
    String model = config.learner().model();
    String id = new RendezvousFolder(config.rendezvousDir(), model).id();
    // What "auto" came to: members of one group must not differ in it.
    String device =
        engine.device().replaceAll(":.*", "") + ", " + engine.precision() + ", " + backend;
    return new Identity(
        model,
        InstanceName.host(),
        config.learner().shards(),
        fingerprint(config, device, id),
        clock);
  }

  /**
   * Hash of what must be the same; what each process may have its own of is not in it.
   *
   * @param device kind of device, its arithmetic, and what carries the exchange
   * @param folder id of the rendezvous folder
   */
  static String fingerprint(MillraceConfig config, String device, String folder) {
    Record settings = Objects.requireNonNull(config.methods().get(config.method()));
    var same =
        List.of(
            BuildVersion.number(),
            new MethodConfig(config.method(), config.model(), settings).toJson(),
            config.engine().name(),
            config.engine().precision().toString(),
            device,
            Long.toString(config.learner().seed()),
            Integer.toString(config.learner().batchSize()),
            Integer.toString(config.learner().updatesPerBatch()),
            config.learner().budget().toString(),
            config.learner().idle().toString(),
            config.learner().replay().toString(),
            config.learner().monitor().toString(),
            config.learner().release().anneal().toString(),
            // Who counts another as gone sooner than that one sends heartbeats never keeps it.
            config.learner().group().timeout().toString(),
            config.preprocessing().toString(),
            folder);
    return Sha256.of(String.join("\n", same).getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }
}
