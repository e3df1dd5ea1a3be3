*filter
-A INPUT -m comment --comment two words -j DROP
COMMIT
----
rules:2:35: error: 'words' belongs to no option; text with blanks needs double quotes [bad-argument]
  -A INPUT -m comment --comment two words -j DROP
                                    ^~~~~
