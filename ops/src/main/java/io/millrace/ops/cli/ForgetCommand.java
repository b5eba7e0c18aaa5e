package io.millrace.ops.cli;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import io.millrace.serving.client.ForgetImages;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace forget}. */
@Command(
    name = "forget",
    mixinStandardHelpOptions = true,
    description = {
      "Forgets images everywhere: replay, gallery, embeddings of every version, search.",
      "A tombstone goes through the stream like an image; docs/topics.md says how long bytes stay "
          + "in which topic after it."
    },
    footer = {"", "Example:", "  millrace forget IMG_2041.jpg"})
final class ForgetCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids of the images.")
  private List<String> ids = new ArrayList<>();

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    Clients.requireBroker(config);
    try (var images = new ForgetImages(config.kafka().clients(), config.topicNames().imagesRaw())) {
      for (String id : ids) {
        images.forget(id);
        System.out.println("forgotten: " + id);
      }
    }
    return 0;
  }
}
