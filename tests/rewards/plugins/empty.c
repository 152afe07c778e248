int nothing_of_a_plugin;
