*filter
:DROP - [0:0]
COMMIT
----
rules:2:2: error: DROP is a verdict: a chain needs another name [chain-name]
  :DROP - [0:0]
   ^~~~
