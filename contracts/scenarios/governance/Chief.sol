// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Approval voting: whoever has more locked votes behind him than the one who wears the hat may take the hat, at once.
/// What happened is noted as a function's selector and its first words, without an event of its own.
contract Chief {
    Token public immutable gov;
    address public hat;
    mapping(address => uint256) public deposits;
    mapping(address => uint256) public approvals;
    mapping(address => address) public votes;

    event LogNote(bytes4 indexed sig, address indexed guy, bytes32 indexed foo, bytes32 bar) anonymous;

    modifier note() {
        bytes32 foo;
        bytes32 bar;
        assembly {
            foo := calldataload(4)
            bar := calldataload(36)
        }
        emit LogNote(msg.sig, msg.sender, foo, bar);
        _;
    }

    constructor(Token gov_, address hat_) {
        (gov, hat) = (gov_, hat_);
    }

    function lock(uint256 wad) external note {
        gov.transferFrom(msg.sender, address(this), wad);
        deposits[msg.sender] += wad;
        approvals[votes[msg.sender]] += wad;
    }

    function free(uint256 wad) external note {
        deposits[msg.sender] -= wad;
        approvals[votes[msg.sender]] -= wad;
        gov.transfer(msg.sender, wad);
    }

    function vote(address whom) external note {
        approvals[votes[msg.sender]] -= deposits[msg.sender];
        votes[msg.sender] = whom;
        approvals[whom] += deposits[msg.sender];
    }

    function lift(address whom) external note {
        require(approvals[whom] > approvals[hat], "ds-chief-not-more");
        hat = whom;
    }
}

/// The surplus of a stablecoin. The hat decides over it.
contract Vow {
    Chief public immutable chief;
    Token public immutable dai;

    constructor(Chief chief_, Token dai_) {
        (chief, dai) = (chief_, dai_);
    }

    function pull(address to, uint256 wad) external {
        require(msg.sender == chief.hat(), "not the hat");
        dai.transfer(to, wad);
    }
}

/// A spell pays one grant, once.
contract GrantSpell {
    Vow public immutable vow;
    address public immutable to;
    uint256 public immutable wad;
    bool public done;

    constructor(Vow vow_, address to_, uint256 wad_) {
        (vow, to, wad) = (vow_, to_, wad_);
    }

    function cast() external {
        require(!done, "spell-already-cast");
        done = true;
        vow.pull(to, wad);
    }
}

/// Votes for somebody who does not want to lock by hand, with what is the owner's own: all at once.
contract Ballot {
    function carry(Chief chief, GrantSpell spell, uint256 wad) external {
        chief.gov().transferFrom(msg.sender, address(this), wad);
        chief.gov().approve(address(chief), wad);
        chief.lock(wad);
        chief.vote(address(spell));
        chief.lift(address(spell));
        spell.cast();
    }

    function home(Chief chief, address owner) external {
        uint256 wad = chief.deposits(address(this));
        chief.free(wad);
        chief.gov().transfer(owner, wad);
    }
}

/// Is a candidate itself, with borrowed votes. What the loan costs is bought with the coins that are sent along.
contract HatThief is IBorrower {
    struct Plan {
        Vow vow;
        uint256 votes;
        uint256 wad;
        address payee;
    }

    function run(FlashLender lender, Pool pool, Plan calldata plan) external payable {
        if (plan.vow.chief().hat() == address(this)) {
            plan.vow.pull(plan.payee, plan.wad);
            return;
        }
        Shop.buy(pool, msg.value);
        lender.flashLoan(this, plan.vow.chief().gov(), plan.votes, abi.encode(plan));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Plan memory plan = abi.decode(data, (Plan));
        Chief chief = plan.vow.chief();
        Token(token).approve(address(chief), amount);
        chief.lock(amount);
        chief.vote(address(this));
        chief.lift(address(this));
        plan.vow.pull(plan.payee, plan.wad);
        chief.free(amount);
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
