*mangle
-A INPUT -j REJECT
COMMIT
----
rules:2:13: error: the kernel has no REJECT in table mangle [wrong-table]
  -A INPUT -j REJECT
              ^~~~~~
