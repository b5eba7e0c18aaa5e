package io.millrace.ops.cli;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import io.millrace.serving.client.ConfirmForgotten;
import io.millrace.serving.client.ForgetImages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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
    footer = {
      "",
      "Examples:",
      "  millrace forget IMG_2041.jpg",
      "  millrace forget --wait=10m IMG_2041.jpg IMG_2042.jpg"
    })
final class ForgetCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids of the images.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = "--wait",
      arity = "0..1",
      fallbackValue = "5m",
      paramLabel = "DURATION",
      description =
          "Wait until the log shows that the images are gone, for at most this long (5m), and say "
              + "which were never seen. Reads all of images.accepted. Exit code 1 where one is not "
              + "gone.")
  private @Nullable Duration wait;

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    Clients.requireBroker(config);
    var asked = new LinkedHashMap<String, Map<Integer, Long>>();
    try (var images = new ForgetImages(config.kafka().clients(), config.topicNames().imagesRaw())) {
      for (String id : ids) {
        asked.put(id, images.forget(id));
        if (wait == null) {
          System.out.println("asked to forget: " + id);
        }
      }
    }
    if (wait == null) {
      return 0;
    }
    Map<String, ConfirmForgotten.Fate> fates =
        new ConfirmForgotten(config.kafka().clients(), config.topicNames().imagesAccepted())
            .await(asked, wait);
    boolean all = true;
    for (String id : ids) {
      ConfirmForgotten.Fate fate = Objects.requireNonNull(fates.get(id));
      all &= fate.gone();
      System.out.println(
          !fate.gone()
              ? "not gone: "
                  + id
                  + ": partitions "
                  + fate.remains()
                  + " of images.accepted hold it: it was sent again, or partitions were added since"
              : fate.seen() ? "gone: " + id : "never seen, or long gone: " + id);
    }
    return all ? 0 : 1;
  }
}
