*filter
:INPUT REJECT [0:0]
COMMIT
----
rules:2:8: error: 'REJECT' is no policy; ACCEPT and DROP are [policy]
  :INPUT REJECT [0:0]
         ^~~~~~
