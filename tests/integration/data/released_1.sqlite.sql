PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sku_align_migration (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT sku_align_migration_pkc PRIMARY KEY (version_num)
);
INSERT INTO sku_align_migration VALUES('0001');
CREATE TABLE sku_align_edge (
	left_catalog VARCHAR NOT NULL, 
	left_offer_id VARCHAR NOT NULL, 
	right_catalog VARCHAR NOT NULL, 
	right_offer_id VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	probability DOUBLE, 
	reason VARCHAR, 
	detail VARCHAR, 
	valid_from INTEGER NOT NULL, 
	valid_to BIGINT NOT NULL, 
	row_hash BIGINT NOT NULL, 
	PRIMARY KEY (left_catalog, left_offer_id, right_catalog, right_offer_id, valid_from)
);
INSERT INTO sku_align_edge VALUES('de','1','fr','1','auto_merge',0.94999998807907104492,'threshold',NULL,1,9223372036854775807,1311107148529996684);
INSERT INTO sku_align_edge VALUES('de','3','en','3','auto_merge',0.94999998807907104492,'threshold',NULL,1,3,5080816528971288940);
INSERT INTO sku_align_edge VALUES('de','2','fr','2','auto_merge',0.94999998807907104492,'threshold',NULL,2,9223372036854775807,1696798616434028375);
CREATE TABLE sku_align_event (
	publication_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event VARCHAR NOT NULL, 
	sku_id VARCHAR NOT NULL, 
	other_sku_id VARCHAR, 
	catalog VARCHAR, 
	offer_id VARCHAR, 
	cause VARCHAR, 
	PRIMARY KEY (publication_id, position)
);
INSERT INTO sku_align_event VALUES(1,1,'created','SKU-36JAX52HHGMY5F7R',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(1,2,'created','SKU-63Q7M2OIBZVGW24E',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(1,3,'created','SKU-ADCUADFQLYRXW2AV',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(1,4,'created','SKU-D3POX7D6XM6UMYLS',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(1,5,'created','SKU-QJHPG5EGDCUPWFUZ',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(1,6,'joined','SKU-36JAX52HHGMY5F7R',NULL,'de','2','new offer');
INSERT INTO sku_align_event VALUES(1,7,'joined','SKU-63Q7M2OIBZVGW24E',NULL,'de','1','new offer');
INSERT INTO sku_align_event VALUES(1,8,'joined','SKU-63Q7M2OIBZVGW24E',NULL,'fr','1','new offer');
INSERT INTO sku_align_event VALUES(1,9,'joined','SKU-ADCUADFQLYRXW2AV',NULL,'de','3','new offer');
INSERT INTO sku_align_event VALUES(1,10,'joined','SKU-ADCUADFQLYRXW2AV',NULL,'en','3','new offer');
INSERT INTO sku_align_event VALUES(1,11,'joined','SKU-D3POX7D6XM6UMYLS',NULL,'fr','2','new offer');
INSERT INTO sku_align_event VALUES(1,12,'joined','SKU-QJHPG5EGDCUPWFUZ',NULL,'fr','9','new offer');
INSERT INTO sku_align_event VALUES(2,1,'created','SKU-EDKNCQLWZA3LZWAU',NULL,NULL,NULL,'new offers');
INSERT INTO sku_align_event VALUES(2,2,'joined','SKU-36JAX52HHGMY5F7R','SKU-D3POX7D6XM6UMYLS','fr','2','threshold 0.950: fr#2 and de#2');
INSERT INTO sku_align_event VALUES(2,3,'joined','SKU-EDKNCQLWZA3LZWAU',NULL,'en','4','new offer');
INSERT INTO sku_align_event VALUES(2,4,'left','SKU-D3POX7D6XM6UMYLS','SKU-36JAX52HHGMY5F7R','fr','2','threshold 0.950: fr#2 and de#2');
INSERT INTO sku_align_event VALUES(2,5,'left','SKU-QJHPG5EGDCUPWFUZ',NULL,'fr','9','offer gone');
INSERT INTO sku_align_event VALUES(2,6,'merged','SKU-D3POX7D6XM6UMYLS','SKU-36JAX52HHGMY5F7R',NULL,NULL,'threshold 0.950: fr#2 and de#2');
INSERT INTO sku_align_event VALUES(2,7,'retired','SKU-QJHPG5EGDCUPWFUZ',NULL,NULL,NULL,'all offers gone');
INSERT INTO sku_align_event VALUES(2,8,'updated','SKU-63Q7M2OIBZVGW24E',NULL,NULL,NULL,'facts, offers, texts');
INSERT INTO sku_align_event VALUES(2,9,'updated','SKU-ADCUADFQLYRXW2AV',NULL,NULL,NULL,'facts, offers, texts');
INSERT INTO sku_align_event VALUES(3,1,'created','SKU-DVO4YLQRMGEP3H43','SKU-ADCUADFQLYRXW2AV',NULL,NULL,'regrouped');
INSERT INTO sku_align_event VALUES(3,2,'joined','SKU-DVO4YLQRMGEP3H43','SKU-ADCUADFQLYRXW2AV','en','3','regrouped');
INSERT INTO sku_align_event VALUES(3,3,'left','SKU-ADCUADFQLYRXW2AV','SKU-DVO4YLQRMGEP3H43','en','3','regrouped');
INSERT INTO sku_align_event VALUES(3,4,'split','SKU-ADCUADFQLYRXW2AV','SKU-DVO4YLQRMGEP3H43',NULL,NULL,'regrouped');
INSERT INTO sku_align_event VALUES(3,5,'updated','SKU-36JAX52HHGMY5F7R',NULL,NULL,NULL,'facts, offers, texts');
INSERT INTO sku_align_event VALUES(3,6,'updated','SKU-63Q7M2OIBZVGW24E',NULL,NULL,NULL,'facts, offers, texts');
INSERT INTO sku_align_event VALUES(3,7,'updated','SKU-EDKNCQLWZA3LZWAU',NULL,NULL,NULL,'facts, offers, texts');
CREATE TABLE sku_align_issued (
	sku_id VARCHAR NOT NULL, 
	publication_id INTEGER NOT NULL, 
	PRIMARY KEY (sku_id)
);
INSERT INTO sku_align_issued VALUES('SKU-36JAX52HHGMY5F7R',1);
INSERT INTO sku_align_issued VALUES('SKU-63Q7M2OIBZVGW24E',1);
INSERT INTO sku_align_issued VALUES('SKU-ADCUADFQLYRXW2AV',1);
INSERT INTO sku_align_issued VALUES('SKU-D3POX7D6XM6UMYLS',1);
INSERT INTO sku_align_issued VALUES('SKU-QJHPG5EGDCUPWFUZ',1);
INSERT INTO sku_align_issued VALUES('SKU-EDKNCQLWZA3LZWAU',2);
INSERT INTO sku_align_issued VALUES('SKU-DVO4YLQRMGEP3H43',3);
CREATE TABLE sku_align_live (
	only_row INTEGER NOT NULL, 
	publication_id INTEGER NOT NULL, 
	PRIMARY KEY (only_row)
);
INSERT INTO sku_align_live VALUES(1,3);
CREATE TABLE sku_align_offer (
	catalog VARCHAR NOT NULL, 
	offer_id VARCHAR NOT NULL, 
	sku_id VARCHAR NOT NULL, 
	since INTEGER NOT NULL, 
	language VARCHAR, 
	title VARCHAR NOT NULL, 
	brand VARCHAR, 
	category VARCHAR, 
	price DOUBLE, 
	currency VARCHAR, 
	gtin VARCHAR, 
	mpn VARCHAR, 
	url VARCHAR, 
	image_url VARCHAR, 
	content_hash VARCHAR, 
	valid_from INTEGER NOT NULL, 
	valid_to BIGINT NOT NULL, 
	row_hash BIGINT NOT NULL, 
	PRIMARY KEY (catalog, offer_id, valid_from)
);
INSERT INTO sku_align_offer VALUES('de','1','SKU-63Q7M2OIBZVGW24E',1,'de','de#1 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'1 in de first',1,2,1044795794310979347);
INSERT INTO sku_align_offer VALUES('de','2','SKU-36JAX52HHGMY5F7R',1,'de','de#2 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'2 in de first',1,2,829523107171357911);
INSERT INTO sku_align_offer VALUES('de','3','SKU-ADCUADFQLYRXW2AV',1,'de','de#3 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'3 in de first',1,2,8995251623004712943);
INSERT INTO sku_align_offer VALUES('en','3','SKU-ADCUADFQLYRXW2AV',1,'en','en#3 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'3 in en first',1,2,7761525725227460255);
INSERT INTO sku_align_offer VALUES('fr','1','SKU-63Q7M2OIBZVGW24E',1,'fr','fr#1 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'1 in fr first',1,2,8016861600133819172);
INSERT INTO sku_align_offer VALUES('fr','2','SKU-D3POX7D6XM6UMYLS',1,'fr','fr#2 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'2 in fr first',1,2,5766254995460230472);
INSERT INTO sku_align_offer VALUES('fr','9','SKU-QJHPG5EGDCUPWFUZ',1,'fr','fr#9 first','Brand first',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'9 in fr first',1,2,6271236698233379053);
INSERT INTO sku_align_offer VALUES('de','1','SKU-63Q7M2OIBZVGW24E',1,'de','de#1 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'1 in de second',2,3,3873259433938014394);
INSERT INTO sku_align_offer VALUES('de','2','SKU-36JAX52HHGMY5F7R',1,'de','de#2 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'2 in de second',2,3,400892798015889480);
INSERT INTO sku_align_offer VALUES('de','3','SKU-ADCUADFQLYRXW2AV',1,'de','de#3 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'3 in de second',2,3,2578335054277303516);
INSERT INTO sku_align_offer VALUES('en','3','SKU-ADCUADFQLYRXW2AV',1,'en','en#3 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'3 in en second',2,3,7181228459996563789);
INSERT INTO sku_align_offer VALUES('en','4','SKU-EDKNCQLWZA3LZWAU',2,'en','en#4 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'4 in en second',2,3,3034992163849104732);
INSERT INTO sku_align_offer VALUES('fr','1','SKU-63Q7M2OIBZVGW24E',1,'fr','fr#1 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'1 in fr second',2,3,4813887540241250972);
INSERT INTO sku_align_offer VALUES('fr','2','SKU-36JAX52HHGMY5F7R',2,'fr','fr#2 second','Brand second',NULL,16.0,'EUR',NULL,NULL,NULL,NULL,'2 in fr second',2,3,1378767506752395575);
INSERT INTO sku_align_offer VALUES('de','1','SKU-63Q7M2OIBZVGW24E',1,'de','de#1 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'1 in de third',3,9223372036854775807,2918210877748831702);
INSERT INTO sku_align_offer VALUES('de','2','SKU-36JAX52HHGMY5F7R',1,'de','de#2 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'2 in de third',3,9223372036854775807,7503302445668453619);
INSERT INTO sku_align_offer VALUES('de','3','SKU-ADCUADFQLYRXW2AV',1,'de','de#3 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'3 in de third',3,9223372036854775807,6173392819207382189);
INSERT INTO sku_align_offer VALUES('en','3','SKU-DVO4YLQRMGEP3H43',3,'en','en#3 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'3 in en third',3,9223372036854775807,4941795444936364284);
INSERT INTO sku_align_offer VALUES('en','4','SKU-EDKNCQLWZA3LZWAU',2,'en','en#4 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'4 in en third',3,9223372036854775807,2667989118762239536);
INSERT INTO sku_align_offer VALUES('fr','1','SKU-63Q7M2OIBZVGW24E',1,'fr','fr#1 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'1 in fr third',3,9223372036854775807,5819966672408209131);
INSERT INTO sku_align_offer VALUES('fr','2','SKU-36JAX52HHGMY5F7R',2,'fr','fr#2 third','Brand third',NULL,15.0,'EUR',NULL,NULL,NULL,NULL,'2 in fr third',3,9223372036854775807,4660369114687532506);
CREATE TABLE sku_align_publication (
	publication_id INTEGER NOT NULL, 
	base_id INTEGER NOT NULL, 
	republishes INTEGER, 
	status VARCHAR NOT NULL, 
	run_id VARCHAR, 
	published_at DATETIME NOT NULL, 
	offers INTEGER NOT NULL, 
	skus INTEGER NOT NULL, 
	audits JSON NOT NULL, 
	PRIMARY KEY (publication_id)
);
INSERT INTO sku_align_publication VALUES(1,0,NULL,'published',NULL,'2026-01-01 00:00:00.000000',7,5,'[{"name": "complete", "passed": true, "figure": 0, "limit": 0, "detail": "every offer is in one SKU", "is_change": false}, {"name": "written", "passed": true, "figure": 0, "limit": 0, "detail": "every row was written", "is_change": false}, {"name": "orphans", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "duplicates", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "sku_size", "passed": true, "figure": 2, "limit": 1000, "detail": "SKU-63Q7M2OIBZVGW24E holds 2 offers, the limit is 1,000", "is_change": false}]');
INSERT INTO sku_align_publication VALUES(2,1,NULL,'published',NULL,'2026-01-02 00:00:00.000000',7,4,'[{"name": "complete", "passed": true, "figure": 0, "limit": 0, "detail": "every offer is in one SKU", "is_change": false}, {"name": "written", "passed": true, "figure": 0, "limit": 0, "detail": "every row was written", "is_change": false}, {"name": "orphans", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "duplicates", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "sku_size", "passed": true, "figure": 2, "limit": 1000, "detail": "SKU-36JAX52HHGMY5F7R holds 2 offers, the limit is 1,000", "is_change": false}, {"name": "churn", "passed": true, "figure": 0.16666666666666666, "limit": 1.0, "detail": "1 of 6 offers change their SKU (16.7%), the limit is 100.0%", "is_change": true}, {"name": "coverage", "passed": true, "figure": 0.6666666666666666, "limit": 0.0, "detail": "every catalog has at least 67% of its offers", "is_change": true}, {"name": "emptied_catalogs", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": true}]');
INSERT INTO sku_align_publication VALUES(3,2,NULL,'published',NULL,'2026-01-03 00:00:00.000000',7,5,'[{"name": "complete", "passed": true, "figure": 0, "limit": 0, "detail": "every offer is in one SKU", "is_change": false}, {"name": "written", "passed": true, "figure": 0, "limit": 0, "detail": "every row was written", "is_change": false}, {"name": "orphans", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "duplicates", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": false}, {"name": "sku_size", "passed": true, "figure": 2, "limit": 1000, "detail": "SKU-36JAX52HHGMY5F7R holds 2 offers, the limit is 1,000", "is_change": false}, {"name": "churn", "passed": true, "figure": 0.14285714285714285, "limit": 1.0, "detail": "1 of 7 offers change their SKU (14.3%), the limit is 100.0%", "is_change": true}, {"name": "coverage", "passed": true, "figure": 1.0, "limit": 0.0, "detail": "every catalog has at least 100% of its offers", "is_change": true}, {"name": "emptied_catalogs", "passed": true, "figure": 0, "limit": 0, "detail": "none", "is_change": true}]');
CREATE TABLE sku_align_redirect (
	former_sku_id VARCHAR NOT NULL, 
	sku_id VARCHAR, 
	valid_from INTEGER NOT NULL, 
	valid_to BIGINT NOT NULL, 
	row_hash BIGINT NOT NULL, 
	PRIMARY KEY (former_sku_id, valid_from)
);
INSERT INTO sku_align_redirect VALUES('SKU-D3POX7D6XM6UMYLS','SKU-36JAX52HHGMY5F7R',2,9223372036854775807,4413026181344277321);
INSERT INTO sku_align_redirect VALUES('SKU-QJHPG5EGDCUPWFUZ',NULL,2,9223372036854775807,7525195606327781287);
CREATE TABLE sku_align_sku (
	sku_id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	title_language VARCHAR, 
	brand VARCHAR, 
	category VARCHAR, 
	gtins JSON NOT NULL, 
	quantities JSON NOT NULL, 
	prices JSON NOT NULL, 
	images JSON NOT NULL, 
	offers INTEGER NOT NULL, 
	catalogs INTEGER NOT NULL, 
	provenance JSON NOT NULL, 
	valid_from INTEGER NOT NULL, 
	valid_to BIGINT NOT NULL, 
	row_hash BIGINT NOT NULL, 
	PRIMARY KEY (sku_id, valid_from)
);
INSERT INTO sku_align_sku VALUES('SKU-36JAX52HHGMY5F7R','de#2 first','de','Brand first',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["de","2"],"brand":["de","2"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","2"],"max":["de","2"]}},"images":{}}',1,2,7735787590441313509);
INSERT INTO sku_align_sku VALUES('SKU-63Q7M2OIBZVGW24E','de#1 first','de','Brand first',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',2,2,'{"title":["de","1"],"brand":["de","1"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","1"],"max":["de","1"]}},"images":{}}',1,2,4499311390903282761);
INSERT INTO sku_align_sku VALUES('SKU-ADCUADFQLYRXW2AV','de#3 first','de','Brand first',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',2,2,'{"title":["de","3"],"brand":["de","3"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","3"],"max":["de","3"]}},"images":{}}',1,2,7887610821690783164);
INSERT INTO sku_align_sku VALUES('SKU-D3POX7D6XM6UMYLS','fr#2 first','fr','Brand first',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["fr","2"],"brand":["fr","2"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["fr","2"],"max":["fr","2"]}},"images":{}}',1,2,3349253037041288451);
INSERT INTO sku_align_sku VALUES('SKU-QJHPG5EGDCUPWFUZ','fr#9 first','fr','Brand first',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["fr","9"],"brand":["fr","9"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["fr","9"],"max":["fr","9"]}},"images":{}}',1,2,4833266031829078507);
INSERT INTO sku_align_sku VALUES('SKU-36JAX52HHGMY5F7R','de#2 second','de','Brand second',NULL,'[]','[]','[{"currency":"EUR","min":16.0,"max":16.0}]','[]',2,2,'{"title":["de","2"],"brand":["de","2"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","2"],"max":["de","2"]}},"images":{}}',2,3,4256725572651447998);
INSERT INTO sku_align_sku VALUES('SKU-63Q7M2OIBZVGW24E','de#1 second','de','Brand second',NULL,'[]','[]','[{"currency":"EUR","min":16.0,"max":16.0}]','[]',2,2,'{"title":["de","1"],"brand":["de","1"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","1"],"max":["de","1"]}},"images":{}}',2,3,7685946108148744426);
INSERT INTO sku_align_sku VALUES('SKU-ADCUADFQLYRXW2AV','de#3 second','de','Brand second',NULL,'[]','[]','[{"currency":"EUR","min":16.0,"max":16.0}]','[]',2,2,'{"title":["de","3"],"brand":["de","3"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","3"],"max":["de","3"]}},"images":{}}',2,3,2079809355280109612);
INSERT INTO sku_align_sku VALUES('SKU-EDKNCQLWZA3LZWAU','en#4 second','en','Brand second',NULL,'[]','[]','[{"currency":"EUR","min":16.0,"max":16.0}]','[]',1,1,'{"title":["en","4"],"brand":["en","4"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["en","4"],"max":["en","4"]}},"images":{}}',2,3,5821904284838106389);
INSERT INTO sku_align_sku VALUES('SKU-36JAX52HHGMY5F7R','de#2 third','de','Brand third',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',2,2,'{"title":["de","2"],"brand":["de","2"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","2"],"max":["de","2"]}},"images":{}}',3,9223372036854775807,5424613464786102995);
INSERT INTO sku_align_sku VALUES('SKU-63Q7M2OIBZVGW24E','de#1 third','de','Brand third',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',2,2,'{"title":["de","1"],"brand":["de","1"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","1"],"max":["de","1"]}},"images":{}}',3,9223372036854775807,5858182737196079735);
INSERT INTO sku_align_sku VALUES('SKU-ADCUADFQLYRXW2AV','de#3 third','de','Brand third',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["de","3"],"brand":["de","3"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["de","3"],"max":["de","3"]}},"images":{}}',3,9223372036854775807,3944188036119367593);
INSERT INTO sku_align_sku VALUES('SKU-DVO4YLQRMGEP3H43','en#3 third','en','Brand third',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["en","3"],"brand":["en","3"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["en","3"],"max":["en","3"]}},"images":{}}',3,9223372036854775807,4519070681091440291);
INSERT INTO sku_align_sku VALUES('SKU-EDKNCQLWZA3LZWAU','en#4 third','en','Brand third',NULL,'[]','[]','[{"currency":"EUR","min":15.0,"max":15.0}]','[]',1,1,'{"title":["en","4"],"brand":["en","4"],"category":null,"quantities":null,"gtins":{},"prices":{"EUR":{"min":["en","4"],"max":["en","4"]}},"images":{}}',3,9223372036854775807,6490814724925042017);
CREATE TABLE sku_align_sku_text (
	sku_id VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	description VARCHAR, 
	provenance JSON NOT NULL, 
	valid_from INTEGER NOT NULL, 
	valid_to BIGINT NOT NULL, 
	row_hash BIGINT NOT NULL, 
	PRIMARY KEY (sku_id, language, valid_from)
);
INSERT INTO sku_align_sku_text VALUES('SKU-36JAX52HHGMY5F7R','de','de#2 first',NULL,'{"title":["de","2"],"description":null}',1,2,8861531134895673133);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','de','de#1 first',NULL,'{"title":["de","1"],"description":null}',1,2,5301313098911312230);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','fr','fr#1 first',NULL,'{"title":["fr","1"],"description":null}',1,2,2956119286887060970);
INSERT INTO sku_align_sku_text VALUES('SKU-ADCUADFQLYRXW2AV','de','de#3 first',NULL,'{"title":["de","3"],"description":null}',1,2,5748351606440352583);
INSERT INTO sku_align_sku_text VALUES('SKU-ADCUADFQLYRXW2AV','en','en#3 first',NULL,'{"title":["en","3"],"description":null}',1,2,1340105125093990333);
INSERT INTO sku_align_sku_text VALUES('SKU-D3POX7D6XM6UMYLS','fr','fr#2 first',NULL,'{"title":["fr","2"],"description":null}',1,2,1404549299682420056);
INSERT INTO sku_align_sku_text VALUES('SKU-QJHPG5EGDCUPWFUZ','fr','fr#9 first',NULL,'{"title":["fr","9"],"description":null}',1,2,169529006675466608);
INSERT INTO sku_align_sku_text VALUES('SKU-36JAX52HHGMY5F7R','de','de#2 second',NULL,'{"title":["de","2"],"description":null}',2,3,4306832034172531482);
INSERT INTO sku_align_sku_text VALUES('SKU-36JAX52HHGMY5F7R','fr','fr#2 second',NULL,'{"title":["fr","2"],"description":null}',2,3,6369831958546677364);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','de','de#1 second',NULL,'{"title":["de","1"],"description":null}',2,3,7115960248164775942);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','fr','fr#1 second',NULL,'{"title":["fr","1"],"description":null}',2,3,8930706298681269181);
INSERT INTO sku_align_sku_text VALUES('SKU-ADCUADFQLYRXW2AV','de','de#3 second',NULL,'{"title":["de","3"],"description":null}',2,3,5480893786528535310);
INSERT INTO sku_align_sku_text VALUES('SKU-ADCUADFQLYRXW2AV','en','en#3 second',NULL,'{"title":["en","3"],"description":null}',2,3,6399940405488231104);
INSERT INTO sku_align_sku_text VALUES('SKU-EDKNCQLWZA3LZWAU','en','en#4 second',NULL,'{"title":["en","4"],"description":null}',2,3,1222995582323083450);
INSERT INTO sku_align_sku_text VALUES('SKU-36JAX52HHGMY5F7R','de','de#2 third',NULL,'{"title":["de","2"],"description":null}',3,9223372036854775807,4982398765902648238);
INSERT INTO sku_align_sku_text VALUES('SKU-36JAX52HHGMY5F7R','fr','fr#2 third',NULL,'{"title":["fr","2"],"description":null}',3,9223372036854775807,1897062267346818558);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','de','de#1 third',NULL,'{"title":["de","1"],"description":null}',3,9223372036854775807,593422965698538575);
INSERT INTO sku_align_sku_text VALUES('SKU-63Q7M2OIBZVGW24E','fr','fr#1 third',NULL,'{"title":["fr","1"],"description":null}',3,9223372036854775807,2435409563516413545);
INSERT INTO sku_align_sku_text VALUES('SKU-ADCUADFQLYRXW2AV','de','de#3 third',NULL,'{"title":["de","3"],"description":null}',3,9223372036854775807,7062493559569534265);
INSERT INTO sku_align_sku_text VALUES('SKU-DVO4YLQRMGEP3H43','en','en#3 third',NULL,'{"title":["en","3"],"description":null}',3,9223372036854775807,3701529729848212375);
INSERT INTO sku_align_sku_text VALUES('SKU-EDKNCQLWZA3LZWAU','en','en#4 third',NULL,'{"title":["en","4"],"description":null}',3,9223372036854775807,5724233165956729150);
CREATE TABLE sku_align_verdict (
	verdict_id INTEGER NOT NULL, 
	left_catalog VARCHAR NOT NULL, 
	left_offer_id VARCHAR NOT NULL, 
	right_catalog VARCHAR NOT NULL, 
	right_offer_id VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	reviewer VARCHAR, 
	note VARCHAR, 
	reviewed_at VARCHAR, 
	PRIMARY KEY (verdict_id)
);
INSERT INTO sku_align_verdict VALUES(1,'de','2','fr','2','same','ann','wie "gesagt"','2026-01-01T10:00:00+00:00');
INSERT INTO sku_align_verdict VALUES(2,'de','1','fr','9','different','ben',NULL,'2026-01-02T10:00:00+00:00');
CREATE TABLE sku_align_views (
	only_row INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	PRIMARY KEY (only_row)
);
INSERT INTO sku_align_views VALUES(1,'8b48d2407acd2690be67674b52d14c7a');
CREATE INDEX sku_align_edge_by_right ON sku_align_edge (right_catalog, right_offer_id);
CREATE INDEX sku_align_event_by_sku ON sku_align_event (sku_id);
CREATE INDEX sku_align_event_by_other_sku ON sku_align_event (other_sku_id) WHERE other_sku_id IS NOT NULL;
CREATE INDEX sku_align_offer_by_sku ON sku_align_offer (sku_id);
CREATE INDEX sku_align_redirect_by_target ON sku_align_redirect (sku_id);
CREATE INDEX sku_align_verdict_by_pair ON sku_align_verdict (left_catalog, left_offer_id, right_catalog, right_offer_id);
CREATE VIEW storefront_change AS
SELECT
    event.publication_id,
    event.position,
    publication.published_at,
    event.event,
    event.sku_id,
    event.other_sku_id,
    event.catalog,
    event.offer_id,
    event.cause,
    publication.run_id
FROM sku_align_event AS event
JOIN sku_align_publication AS publication ON publication.publication_id = event.publication_id
WHERE event.publication_id <= (SELECT publication_id FROM sku_align_live);
CREATE VIEW storefront_offer AS
SELECT
    offer.catalog,
    offer.offer_id,
    offer.sku_id,
    offer.language,
    offer.title,
    offer.brand,
    offer.category,
    offer.price,
    offer.currency,
    offer.gtin,
    offer.mpn,
    offer.url,
    offer.image_url,
    offer.since AS joined_publication_id,
    offer.valid_from AS changed_publication_id
FROM sku_align_offer AS offer
WHERE
    offer.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND offer.valid_to > (SELECT publication_id FROM sku_align_live);
CREATE VIEW storefront_publication AS
SELECT
    publication.publication_id,
    publication.published_at,
    publication.run_id,
    publication.offers,
    publication.skus,
    1 AS contract_version
FROM sku_align_publication AS publication
WHERE publication.publication_id = (SELECT publication_id FROM sku_align_live);
CREATE VIEW storefront_redirect AS
SELECT
    redirect.former_sku_id,
    CASE WHEN gone.former_sku_id IS NULL THEN redirect.sku_id END AS sku_id,
    CASE WHEN redirect.sku_id IS NULL OR gone.former_sku_id IS NOT NULL THEN 'gone' ELSE 'moved' END AS status,
    redirect.valid_from AS changed_publication_id
FROM sku_align_redirect AS redirect
LEFT JOIN sku_align_redirect AS gone
    ON gone.former_sku_id = redirect.sku_id
    AND gone.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND gone.valid_to > (SELECT publication_id FROM sku_align_live)
WHERE
    redirect.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND redirect.valid_to > (SELECT publication_id FROM sku_align_live);
CREATE VIEW storefront_sku AS
SELECT
    sku.sku_id,
    sku.title,
    sku.title_language,
    sku.brand,
    sku.category,
    sku.gtins,
    sku.quantities,
    sku.prices,
    sku.images,
    sku.offers,
    sku.catalogs,
    sku.provenance,
    issued.publication_id AS first_publication_id,
    sku.valid_from AS changed_publication_id
FROM sku_align_sku AS sku
JOIN sku_align_issued AS issued ON issued.sku_id = sku.sku_id
WHERE
    sku.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND sku.valid_to > (SELECT publication_id FROM sku_align_live);
CREATE VIEW storefront_sku_text AS
SELECT
    text.sku_id,
    text.language,
    text.title,
    text.description,
    text.provenance,
    text.valid_from AS changed_publication_id
FROM sku_align_sku_text AS text
WHERE
    text.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND text.valid_to > (SELECT publication_id FROM sku_align_live);
COMMIT;
