package dev.keyhold;

import dev.keyhold.iam.Name;
import dev.keyhold.iam.Project;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.KeyMaker;
import dev.keyhold.keyring.KeyMaker.Made;
import dev.keyhold.store.KeyBatches;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/// `bench/fill`: fills a development store with keys, a big transaction at a time. When it is
/// stopped, the next run goes on where the last transaction ended.
public final class FillStore {
  /// Keys a transaction.
  private static final int BATCH = 1000;

  /// One makes keys while another one's are stored.
  private static final int THREADS = 3;

  private static final Options OPTIONS =
      ConfigOptions.all()
          .addOption(value("projects", "N", "How many projects. Default: 1000."))
          .addOption(value("keys", "N", "How many keys in each. Default: 1000."))
          .addOption(value("largest", "N", "How many keys in the first one. Default: 100000."))
          .addOption(Option.builder().longOpt("help").desc("Show this.").get());

  private final Instance instance;
  private final DomainId domain;
  private final KeyMaker maker;
  private final KeyBatches batches;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong made = new AtomicLong();

  private FillStore(Instance instance, DomainId domain, KeyMaker maker) {
    this.instance = instance;
    this.domain = domain;
    this.maker = maker;
    this.batches = new KeyBatches(instance.database());
  }

  private static Option value(String name, String what, String description) {
    return Option.builder().longOpt(name).hasArg().argName(what).desc(description).get();
  }

  /// @param arguments the repository's folder, then the options
  public static void main(String[] arguments) throws Exception {
    String[] rest = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    try {
      CommandLine given = new DefaultParser(false).parse(OPTIONS, rest);
      int projects = number(given, "projects", "1000");
      int keys = number(given, "keys", "1000");
      int largest = number(given, "largest", "100000");
      fill(config(given), projects, keys, largest);
    } catch (ParseException | ConfigException | StartRefused failure) {
      System.err.println("bench: " + failure.getMessage());
      System.exit(1);
    }
  }

  private static int number(CommandLine given, String name, String otherwise)
      throws ParseException {
    String text = given.getOptionValue(name, otherwise);
    return Numbers.whole(text, 0, 100_000_000)
        .map(Math::toIntExact)
        .orElseThrow(() -> new ParseException("--" + name + " takes a number, not " + text));
  }

  static Config config(CommandLine given) {
    return ConfigOptions.load(given, Map.of(Property.DEV_ENABLED.name(), "true"));
  }

  static void fill(Config config, int projects, int keys, int largest)
      throws InterruptedException, ExecutionException {
    Logging.use(config.log());
    try (Instance instance = Instance.openOrCreate(config)) {
      fill(instance, config, projects, keys, largest);
    }
  }

  private static void fill(Instance instance, Config config, int projects, int keys, int largest)
      throws InterruptedException, ExecutionException {
    DevCredentials credentials =
        DevTenants.establish(
            instance,
            config.data(),
            config.region(),
            config.endpoint(0),
            new PasswordsAhead(instance.passwords()));
    var domain = new DomainId(credentials.tenant().domainId());
    long total = largest + (projects - 1L) * keys;
    try (var maker = new KeyMaker(instance.vault(), instance.keks())) {
      var fill = new FillStore(instance, domain, maker);
      long from = System.nanoTime();
      Progress progress = Progress.of("fill", total, "keys");
      fill.run(projects, keys, largest, locked(progress));
      double seconds = (System.nanoTime() - from) / 1e9;
      System.err.printf(
          Locale.ROOT,
          "fill: %d keys, %d of them made in %.0f s (%.0f a second)%n",
          fill.done.get(),
          fill.made.get(),
          seconds,
          fill.made.get() / seconds);
      if (fill.made.get() > 0) {
        fill.batches.settle();
      }
    }
  }

  private static LongConsumer locked(Progress progress) {
    return count -> {
      synchronized (progress) {
        progress.accept(count);
      }
    };
  }

  private void run(int projects, int keys, int largest, LongConsumer progress)
      throws InterruptedException, ExecutionException {
    progress.accept(0);
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < projects; i++) {
        int number = i;
        all.add(threads.submit(() -> project(number, number == 0 ? largest : keys, progress)));
      }
      try {
        for (Future<?> each : all) {
          each.get();
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /// The keys that the project lacks. Those it has are its first ones.
  private void project(int number, int keys, LongConsumer progress) {
    ProjectId project = project("scale-" + number);
    int first = Math.toIntExact(Math.min(keys, instance.vault().countCustom(project)));
    progress.accept(done.addAndGet(first));
    while (first < keys && !Thread.currentThread().isInterrupted()) {
      int end = Math.min(keys, first + BATCH);
      List<Made> batch = new ArrayList<>();
      for (int i = first; i < end; i++) {
        batch.add(maker.make(domain, project, "scale-" + number + "-" + i, i));
      }
      batches.insert(batch);
      made.addAndGet(batch.size());
      progress.accept(done.addAndGet(batch.size()));
      first = end;
    }
  }

  private ProjectId project(String text) {
    var name = new Name(text);
    return instance
        .iam()
        .project(domain, name)
        .map(Project::id)
        .orElseGet(() -> {
          var project = new Project(ProjectId.random(), domain, name);
          instance.iam().insert(project);
          return project.id();
        });
  }
}
