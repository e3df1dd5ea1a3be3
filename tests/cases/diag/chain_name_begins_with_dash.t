*filter
-N -x
COMMIT
----
rules:2:4: error: a chain's name has 1 to 28 bytes, no blank, and does not begin with '-' or '!' [chain-name]
  -N -x
     ^~
