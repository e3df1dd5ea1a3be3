*filter
:a - [0:0]
-A INPUT -j DROP -g a
COMMIT
----
rules:3:18: error: --jump and --goto do not go together [option-conflict]
  -A INPUT -j DROP -g a
                   ^~~~
