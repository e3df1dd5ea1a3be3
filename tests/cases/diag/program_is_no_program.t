% cbpf
	ldb [0]
	jeq #6, none
	ret #0
----
rules:2:10: error: there is no such label [syntax]
  	jeq #6, none
  	        ^~~~
