*filter
:mine DROP [0:0]
COMMIT
----
rules:2:7: error: only base chains have a policy; write '-' for mine [policy]
  :mine DROP [0:0]
        ^~~~
